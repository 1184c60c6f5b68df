/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One finding, the address (#finding-12), the keyboard. Without this script the
 * page is a summary and a list; it only ever adds to that.
 */
"use strict";

let current = 0;	/* number of the finding that is shown; 0: the list */

/* ---- one finding ---- */

function moveLink(text, finding, key) {
	return finding ? make("a", { href: `#finding-${finding.number}`, title: `Key ${key}` }, text) :
		make("span", { class: "soft", "aria-disabled": "true" }, text);
}

function findingHead(number, row, finding) {
	return [
		make("nav", { class: "moves", "aria-label": "Findings" },
			make("a", { class: "back", href: "#list", title: "Key Esc" }, "All findings"),
			moveLink("Previous", listBeside(number, -1), "k"),
			moveLink("Next", listBeside(number, 1), "j")),
		make("p", { class: "soft" }, "Finding ",
			make("a", { href: `#finding-${number}` }, String(number)),
			` of ${findings.length}: `, make("strong", null, visible(row.class))),
		make("h2", { id: "finding-heading", tabindex: -1 },
			make("span", null, visible(row.path)),
			row.block < 0 ? null :
				make("span", { class: "soft" }, ` block ${row.block}`)),
		make("p", { class: "verdict" },
			finding.cause ? ["Cause ", make("strong",
				{ class: `cause-${causeClass(finding.cause)}` },
				visible(finding.cause)),
				finding.ground ? ": " : "."] : null,
			visible(finding.ground || "")),
	];
}

function findingShow(number) {
	const finding = details(number);
	const box = byId("finding");

	box.replaceChildren(...[
		findingHead(number, byNumber.get(number), finding),
		findingSections(finding),
	].flat());
	pageShow(number);
	findingDraw();
	document.title = `Finding ${number}: ${visible(byNumber.get(number).path)}`;
	byId("finding-heading").focus({ preventScroll: true });
	scrollTo(0, 0);
}

/* ---- where one is ---- */

const pageTitle = document.title;

function pageShow(number) {
	current = number;
	byId("summary").hidden = number > 0;
	byId("list").hidden = number > 0;
	byId("finding").hidden = number === 0;
}

function pageGo() {
	const match = /^#finding-([0-9]+)$/.exec(location.hash);
	const number = match ? Number(match[1]) : 0;
	const before = current;

	if (byNumber.has(number)) {
		findingShow(number);
		return;
	}
	pageShow(0);
	document.title = pageTitle;
	if (before)
		listFocus(before);
}

/* ---- keys ---- */

function keyMove(step) {
	const beside = current ? listBeside(current, step) : undefined;

	if (!current)
		listMove(step);
	else if (beside)
		location.hash = `finding-${beside.number}`;
}

function keyBack() {
	if (current)
		location.hash = "list";
}

function keySearch() {
	keyBack();
	setTimeout(() => byId("filter-path").focus());
}

/* key: [what it does, where: in the list, in a finding, or both ("")] */
const KEYS = {
	j: [() => keyMove(1), ""],
	ArrowDown: [() => keyMove(1), "list"],
	k: [() => keyMove(-1), ""],
	ArrowUp: [() => keyMove(-1), "list"],
	n: [() => bytesMove(1), "finding"],
	p: [() => bytesMove(-1), "finding"],
	e: [bytesUnfold, "finding"],
	Escape: [keyBack, "finding"],
	"/": [keySearch, ""],
	t: [themeNext, ""],
	"?": [keyHelp, ""],
};

function keyPressed(event) {
	const [act, where] = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : [];

	if (!act || event.ctrlKey || event.altKey || event.metaKey)
		return;
	if (event.target.closest && event.target.closest("input, select")) {
		if (event.key === "Escape")
			event.target.blur();
		return;
	}
	if (byId("help").open && event.key !== "?")
		return;
	if (where !== "" && where !== (current ? "finding" : "list"))
		return;
	event.preventDefault();
	act();
}

function start() {
	byId("tools").hidden = false;
	byId("theme").addEventListener("click", themeNext);
	byId("keys").addEventListener("click", keyHelp);
	document.addEventListener("keydown", keyPressed);
	addEventListener("hashchange", pageGo);
	addEventListener("resize", findingDraw);
	themeStart();
	listStart();
	pageGo();
}

start();
