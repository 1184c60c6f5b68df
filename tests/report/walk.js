/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks through a page of "pinctl report --html" as somebody with a keyboard
 * does, and writes a line for each thing that is looked at into #walk: "ok WHAT",
 * "not ok WHAT: WHY", at last "end". tests/lib/browser.sh puts this behind the
 * page's own script. The page is that of a log by tests/helpers/findings-log.
 *
 * In a frame it is the page on a phone that is looked at, and the lines go to the
 * page around it.
 */
"use strict";
(() => {
	const { $, $$, framed, results, say, is, yes, until, press } = walker;

	const focused = () => document.activeElement.closest("tr")?.cells[0].textContent;
	const shown = selector => $(selector).getClientRects().length > 0;
	const place = () => $("#bytes-place").textContent;
	const bytesOf = mark => $$(`#bytes .row:not(.head) > ${mark}`)
		.flatMap(run => run.textContent.split(" ").map(byte => parseInt(byte, 16)));

	function choose(select, value) {
		select.value = value;
		select.dispatchEvent(new Event("input", { bubbles: true }));
	}

	async function walkList() {
		is($("#count").textContent, "500 findings.", "all findings are counted");
		is($$("#findings tbody tr").length, 200, "a page of them is shown");
		press("j");
		is(focused(), "1", "j goes to the first finding");
		press("j");
		is(focused(), "2", "and to the next");
		press("ArrowDown");
		is(focused(), "3", "so does the arrow down");
		press("k");
		is(focused(), "2", "k goes back");
		for (let i = 2; i < 201; i++)
			press("j");
		is(focused(), "201", "j turns the page at its end");
		for (let i = 201; i > 2; i--)
			press("k");
		is(focused(), "2", "and k turns it back");
	}

	async function walkFinding() {
		press("Enter");
		yes(await until(() => shown("#finding")), "Enter opens a finding");
		is(location.hash, "#finding-2", "which has an address of its own");
		yes(!shown("#list") && !shown("#summary"), "instead of the list");
		is(document.activeElement.id, "finding-heading", "the focus is at its head");
		is(place(), "2 differences", "its differences are counted");
		press("n");
		is(place(), "difference 1 of 2: 0100–010f", "n goes to the first");
		press("n");
		is(place(), "difference 2 of 2: 0f00–0f07", "and to the second");
		is($$("#bytes .here").length, 1, "whose row is marked");
		press("n");
		is(place(), "difference 1 of 2: 0100–010f", "and begins again");
		press("p");
		is(place(), "difference 2 of 2: 0f00–0f07", "p goes back");
		const before = bytesOf("del");
		const after = bytesOf("ins");
		is(before.length, 24, "each byte that differs is marked");
		yes(after.length === 24 && before.every((byte, i) => (byte ^ after[i]) === 255),
		    "and these are the bytes of the evidence");
		yes($$("#bytes .row").length < 20, "what is equal is folded");
		press("e");
		is($$("#bytes .row:not(.head)").length, 256, "e shows it");
		press("e");
	}

	function walkTimeline() {
		const width = kind => Number($(`#timeline rect.${kind}`).getAttribute("width"));

		is(Math.round(width("hold") / width("window") * 1000), 776,
		   "a hold of 698 us and a window of 900 are drawn to scale");
		is(Math.round(width("call") / width("window") * 1000), 856,
		   "and so is a call of 770");
		is($$(".moments tbody tr").length, 9, "the same is said in words");
		is($(".moments tbody tr:nth-child(2)").cells[1].textContent, "0",
		   "times count from the arrival");
	}

	async function walkRest() {
		for (const id of ["suspects", "mappers", "openers", "unknown"])
			yes($(`#${id}-heading`), `there is a section of ${id}`);
		press("j");
		yes(await until(() => location.hash === "#finding-3"), "j goes to the next finding");
		yes(await until(() => $("#finding-heading").textContent.includes("block 3")),
		    "which is shown");
		press("Escape");
		yes(await until(() => shown("#list")), "Escape goes back to the list");
		is(focused(), "3", "to the finding that was shown");
	}

	function walkFilter() {
		choose($("#filter-class"), "lost");
		is($("#count").textContent, "166 of 500 findings.", "the list is filtered by class");
		choose($("#filter-class"), "");
		choose($("#filter-cause"), "pin");
		is($("#count").textContent, "167 of 500 findings.", "and by cause");
		$("#filter-path").focus();
		choose($("#filter-path"), "nowhere");
		is($("#count").textContent, "0 of 500 findings.", "and by path");
		press("j");
		is(document.activeElement.id, "filter-path", "keys that are typed there do nothing");
		press("Escape");
		yes(document.activeElement.id !== "filter-path", "Escape leaves the field");
		$("#filter-clear").click();
		is($("#count").textContent, "500 findings.", "and shows all again");
		const head = $("th[data-key=bytes]");
		head.querySelector("button").click();
		head.querySelector("button").click();
		is(head.getAttribute("aria-sort"), "descending", "the list is sorted as its head says");
		is($("#findings tbody tr td.count-bytes").textContent, "4096", "the most bytes first");
	}

	function walkTools() {
		const ground = () => getComputedStyle(document.body).backgroundColor;

		press("?");
		yes($("#help").open, "a question mark shows the keys");
		press("?");
		yes(!$("#help").open, "and hides them");
		press("t");
		is(document.documentElement.dataset.theme, "light", "t makes the page light");
		const light = ground();
		press("t");
		is(document.documentElement.dataset.theme, "dark", "and dark");
		yes(ground() !== light, "which are not the same");
		press("t");
		const ids = $$("[id]").map(element => element.id);
		is(new Set(ids).size, ids.length, "no id is there twice");
		is($$("button, a, select, input").filter(element =>
			!(element.textContent.trim() || element.labels?.length)).length, 0,
		   "each control has a name");
	}

	async function phone() {
		const wide = () => document.documentElement.scrollWidth;

		is(innerWidth, 360, "the window has 360 pixels");
		yes(wide() <= 360, "the list is not wider");
		location.hash = "finding-1";
		yes(await until(() => shown("#finding")), "a finding opens");
		yes(wide() <= 360, "it is not wider either");
		is($("#bytes").dataset.width, "8", "a row has eight bytes");
		yes($("#bytes").scrollWidth <= $("#bytes").clientWidth, "for which there is room");
		say("end");
	}

	async function walk() {
		await walkList();
		await walkFinding();
		walkTimeline();
		await walkRest();
		walkFilter();
		walkTools();
		document.body.append(results);
		say("end");
	}

	(framed ? phone() : walk()).catch(error => {
		document.body.append(results);
		say(`not ok the walk goes to its end: ${error}`);
	});
})();
