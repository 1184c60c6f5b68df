/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One finding, the address (#finding-12), the keyboard, light and dark. Without
 * this script the page is a summary and a list; it only ever adds to that.
 */
"use strict";

let current = 0;	/* number of the finding that is shown; 0: the list */

/* ---- one finding ---- */

function facts(pairs) {
	return make("dl", { class: "facts" }, pairs
		.filter(([, value]) => value !== null && value !== undefined && value !== "")
		.map(([key, value]) => [
			make("dt", null, key),
			make("dd", { class: key === "evidence" ? "path" : null },
				typeof value === "object" ? value : visible(value)),
		]));
}

/* Which bytes of the block differ, where there are no images to look at. */
function changedText(finding) {
	const ranges = finding.changed.map(([off, length]) =>
		`${hex(off, 4)}–${hex(off + length - 1, 4)}`);

	return finding.images ? "" : ranges.join(", ");
}

function factSection(finding) {
	const digests = finding.digests.map(([name, digest]) =>
		[name, make("code", null, visible(digest))]);

	return facts([
		["time", finding.time], ["inode", finding.ino],
		["offset", finding.offset],
		["length", finding.length], ["origin", finding.origin],
		["policy", finding.policy],
		["window", typeof finding.window_us === "number" ?
			duration(finding.window_us * 1000) : null],
		...digests,
		["differing", changedText(finding)],
		["page flags", finding.page], ["pins", finding.pins],
		["after the mark", finding.mark],
		["evidence", finding.evidence],
	]);
}

function suspectCall(suspect) {
	const words = [];

	if (suspect.call)
		words.push(make("strong", null, visible(suspect.call)));
	if (suspect.file) {
		words.push(" of ", make("span", { class: "path" }, visible(suspect.file)));
		if (typeof suspect.file_offset === "number")
			words.push(` at ${suspect.file_offset}`);
	} else if (typeof suspect.fd === "number") {
		words.push(` of descriptor ${suspect.fd}`);
	}
	if (suspect.address)
		words.push(", buffer ", make("code", null, visible(suspect.address)));
	if (typeof suspect.length === "number")
		words.push(`, ${plural(suspect.length, "byte")}`);
	if (typeof suspect.block === "number")
		words.push(suspect.address ? `, in the mapping of block ${suspect.block}` :
			`, into block ${suspect.block}`);
	return words;
}

function suspectTimes(suspect) {
	const seen = suspect.by ? `, seen by ${visible(suspect.by)}` : "";

	if (typeof suspect.enter_ns !== "number")
		return `times not known${seen}`;
	if (typeof suspect.exit_ns !== "number")
		return `has not ended${seen}`;
	return `took ${duration(suspect.exit_ns - suspect.enter_ns)}${seen}`;
}

function suspectItem(suspect) {
	const stack = Array.isArray(suspect.stack) ? suspect.stack : [];
	const who = `${suspect.comm || "?"}`;

	return make("div", { class: "suspect" },
		make("p", null, make("strong", null, visible(who)),
			`, process ${suspect.pid ?? "?"}, thread ${suspect.tid ?? "?"} – `,
			make("span", { class: `cause-${causeClass(suspect.kind)}` },
				visible(suspect.kind || "kind not known"))),
		make("p", null, suspectCall(suspect)),
		make("p", { class: "soft" }, suspectTimes(suspect)),
		suspect.cmdline ? make("p", { class: "path" }, visible(suspect.cmdline)) : null,
		stack.length ? make("details", null,
			make("summary", null, "Kernel stack"),
			make("pre", null, stack.map(visible).join("\n"))) : null);
}

function section(id, title, ...content) {
	return make("section", { "aria-labelledby": id },
		make("h3", { id }, title), ...content);
}

function mapperRow(mapper) {
	const ranges = Array.isArray(mapper.ranges) ? mapper.ranges : [];

	return make("tr", null,
		make("td", { class: "number" }, visible(mapper.pid ?? "?")),
		make("td", null, visible(mapper.comm || "")),
		make("td", { class: "path" }, visible(mapper.cmdline || "")),
		make("td", { class: "mono" }, ranges.map(range => make("div", null,
			visible(`${range.address} ${range.perms} offset ${range.offset} length ${range.length}`)))));
}

function table(heads, rows) {
	return make("div", { class: "scroll" }, make("table", { class: "list" },
		make("thead", null, make("tr", null, heads.map(([text, kind]) =>
			make("th", { scope: "col", class: kind }, text)))),
		make("tbody", null, rows)));
}

function mapperSection(mappers) {
	return section("mappers-heading", "Who maps the file",
		table([["Process", "number"], ["Name"], ["Command line"], ["Ranges"]],
			mappers.map(mapperRow)));
}

function openerSection(openers) {
	return section("openers-heading", "Who has it open",
		table([["Process", "number"], ["Name"], ["Descriptor", "number"], ["Flags"]],
			openers.map(opener => make("tr", null,
				make("td", { class: "number" }, visible(opener.pid ?? "?")),
				make("td", null, visible(opener.comm || "")),
				make("td", { class: "number" }, visible(opener.fd ?? "")),
				make("td", null, visible(opener.flags ?? ""))))));
}

function unknownSection(finding) {
	const unknown = finding.missing ? [finding.missing, ...finding.unknown] :
		finding.unknown;

	if (!unknown.length)
		return null;
	return section("unknown-heading", "What is not known",
		make("ul", { class: "plain" },
			unknown.map(text => make("li", null, visible(text)))));
}

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
	const mappers = shared(finding, "mappers");
	const openers = shared(finding, "openers");
	const box = byId("finding");

	bytesView.data = null;
	timelineView.data = null;
	box.replaceChildren(...[
		findingHead(number, byNumber.get(number), finding),
		factSection(finding),
		finding.images ? bytesSection(finding.images) : null,
		finding.timeline.length ? timelineSection(finding) : null,
		finding.suspects.length ? section("suspects-heading", "Suspects",
			finding.suspects.map(suspectItem)) : null,
		mappers.length ? mapperSection(mappers) : null,
		openers.length ? openerSection(openers) : null,
		unknownSection(finding),
	].flat().filter(part => part));
	pageShow(number);
	findingDraw();
	document.title = `Finding ${number}: ${visible(byNumber.get(number).path)}`;
	byId("finding-heading").focus({ preventScroll: true });
	scrollTo(0, 0);
}

/* What depends on the room that there is. */
function findingDraw() {
	if (bytesView.data)
		bytesDraw();
	if (timelineView.data)
		timelineDraw();
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

function keyHelp() {
	const help = byId("help");

	if (help.open)
		help.close();
	else
		help.showModal();
}

const THEMES = ["", "light", "dark"];

/* Kept where the browser allows a page from a file to keep anything. */
function theme(value) {
	const root = document.documentElement;

	if (value)
		root.dataset.theme = value;
	else
		delete root.dataset.theme;
	byId("theme").textContent = value ? `Theme: ${value}` : "Theme: system";
	try {
		localStorage.setItem("pinfs-theme", value);
	} catch {
		return;
	}
}

function themeNext() {
	const now = document.documentElement.dataset.theme || "";

	theme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
}

function themeStart() {
	let value = "";

	try {
		value = localStorage.getItem("pinfs-theme") || "";
	} catch {
		value = "";
	}
	theme(THEMES.includes(value) ? value : "");
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
