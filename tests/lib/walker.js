/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What walks through pages have in common: tests/lib/browser.sh puts this before
 * each. In a frame it is the page on a phone that is looked at, and the lines go to
 * the page around it.
 */
"use strict";
const walker = (() => {
	const framed = parent !== window;
	const results = document.createElement("pre");
	const $ = selector => document.querySelector(selector);
	const $$ = selector => [...document.querySelectorAll(selector)];

	results.id = "walk";

	function say(line) {
		if (framed)
			parent.postMessage(line, "*");
		else
			results.append(line + "\n");
	}

	addEventListener("error", event => say(`not ok no error: ${event.message}`));

	function is(got, wanted, what) {
		say(got === wanted ? `ok ${what}` :
			`not ok ${what}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
	}

	const yes = (condition, what) => is(Boolean(condition), true, what);

	/* Until something is so, for the browser's time of 5 seconds. */
	async function until(condition) {
		for (let i = 0; i < 500 && !condition(); i++)
			await new Promise(done => setTimeout(done, 10));
		return condition();
	}

	/* A key as the browser sends it; Enter on a link is the browser's own. */
	function press(key) {
		const target = document.activeElement || document.body;
		const event = new KeyboardEvent("keydown",
			{ key, bubbles: true, cancelable: true });

		if (target.dispatchEvent(event) && key === "Enter" && target.href)
			target.click();
	}

	return { $, $$, framed, results, say, is, yes, until, press };
})();
