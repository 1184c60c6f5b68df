/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks through the page of a sweep as somebody with a keyboard does, and writes a
 * line for each thing that is looked at into #walk: "ok WHAT", "not ok WHAT: WHY",
 * at last "end". tests/lib/browser.sh puts this behind the page's own script. The
 * page is that of sweep_six() in tests/lib/sweep.sh with an event log by
 * tests/helpers/findings-log for the fourth kernel.
 *
 * In a frame it is the page on a phone that is looked at, and the lines go to the
 * page around it.
 */
"use strict";
(() => {
	const { $, $$, framed, results, say, is, yes, until, press } = walker;

	const heading = () => $("#place-heading") ? $("#place-heading").textContent : "";
	const shownRows = () => $$("#cells tbody tr")
		.filter(row => row.getClientRects().length > 0)
		.map(row => row.cells[0].textContent).join(" ");

	/* Is there anything that the page is too narrow for? */
	const narrow = () => document.documentElement.scrollWidth <= innerWidth;

	async function go(hash, title) {
		location.hash = hash;
		yes(await until(() => heading() === title), `${hash} is ${title}`);
	}

	async function walkMatrix() {
		is($$("#cells thead th").length, 7, "six kernels have columns");
		is(shownRows().split(" ").length, 8, "eight scenarios have rows");
		press("d");
		is(shownRows(), "pwrite@writeback", "d leaves the deviations");
		press("d");
		press("c");
		is(shownRows(), "dio-read@writeback pwrite@writeback",
			"c leaves what changed");
		is($("#count").textContent, "2 of 8 scenarios", "how many is said");
		press("c");
		$("#filter-text").value = "URING";
		$("#filter-text").dispatchEvent(new Event("input"));
		is(shownRows(), "uring-read@writeback", "a name can be filtered by");
		$("#filter-clear").click();
		is(shownRows().split(" ").length, 8, "and all shown again");
	}

	async function walkKeys() {
		for (const key of ["j", "l", "l", "l", "j", "j", "j", "j", "j", "j"])
			press(key);
		is(document.activeElement.textContent, ">STABLE!",
			"the keys lead to a cell");
		press("Enter");
		yes(await until(() => heading() === "pwrite@writeback on 6.16.12"),
			"Enter opens it");
		press("h");
		yes(await until(() => heading() === "pwrite@writeback on 6.13.7"),
			"h leads to the kernel before");
		yes($("#place").textContent.includes("is no answer"),
			"what came before a panic says that it is no answer");
		press("l");
		yes(await until(() => heading() === "pwrite@writeback on 6.16.12"),
			"l leads to the next");
		press("Escape");
		yes(await until(() => document.activeElement.textContent === ">STABLE!"),
			"Escape leads back to the cell");
	}

	async function walkEvidence() {
		await go("cell-6-3", "pwrite@writeback on 6.16.12");
		yes($("#place").textContent.includes("made by hand"),
			"what the known verdict rests on");
		yes($$("#bytes ins").length > 0 && $$("#bytes del").length > 0,
			"the bytes that changed are marked");
		yes($("#finding-heading").textContent.startsWith("Evidence: unstable"),
			"the finding says what it is");
		is($$("#place .events > li").length, 20, "some events are there");
		yes($("#place").textContent.includes("more lines in the event log"),
			"and that there are more");
		press("n");
		yes($("#bytes-place").textContent.startsWith("difference 1"),
			"n leads to a difference");
		location.hash = "cell-6-3-1";
		yes(await until(() => $$("#place .findings nav a")[1] &&
			$$("#place .findings nav a")[1].hasAttribute("aria-current")),
			"another finding can be looked at");
		yes($("#place").textContent.includes("more findings in the event log"),
			"and there are more of them");
		yes($$("#place a.path").every(link => link.getAttribute("href").startsWith("./")),
			"links are relative");
		await go("cell-5-4", "dio-read@writeback on 6.17.13");
		yes($("#place").textContent.includes("There is no event log"),
			"that there is no event log is said");
	}

	async function walkKernels() {
		await go("kernel-2", "6.13.7");
		yes($("#place").textContent.includes("Fatal exception"), "why it panicked");
		yes($("#place pre").textContent.includes("Linux version 6.13.7"),
			"the end of its console");
		await go("cell-6-1", "pwrite@writeback on 6.12.95");
		yes($("#place").textContent.includes("at fs/fuse/file.c:1234"),
			"a warning stands with the scenario that ran");
		await go("kernel-1", "6.12.95");
		yes($("#place").textContent.includes("at fs/fuse/file.c:1234"),
			"and with its kernel");
		press("t");
		is(document.documentElement.dataset.theme, "light", "t changes the theme");
		press("t");
		press("t");
	}

	async function walkPhone() {
		is(innerWidth, 360, "a phone's width");
		yes(narrow(), "the matrix scrolls in its own box");
		for (const place of ["cell-6-3", "kernel-2"]) {
			location.hash = place;
			await until(() => heading() !== "");
			await new Promise(done => setTimeout(done, 50));
			yes(narrow(), `nothing of ${place} is wider than the phone`);
		}
	}

	async function walk() {
		document.body.append(results);
		if (framed) {
			await walkPhone();
		} else {
			await walkMatrix();
			await walkKeys();
			await walkEvidence();
			await walkKernels();
		}
		say("end");
	}

	walk();
})();
