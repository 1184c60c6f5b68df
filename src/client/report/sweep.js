/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands behind a cell or a kernel, the address (#cell-12-3, #kernel-3), the
 * keyboard. Without this script the page is a summary and the matrix; it only
 * ever adds to that.
 */
"use strict";

let current = null;	/* [scenario, kernel], ["kernel", kernel]; null: the matrix */

const pageTitle = document.title;

const microseconds = us => typeof us === "number" ? duration(us * 1000) : null;

/* ---- parts of both ---- */

function logSection(id, title, log) {
	if (!log || !log.text)
		return null;
	const left = log.left_out ? `${plural(log.left_out, "byte")} ${log.end ?
		"before this are" : "more are"} in the file, and not in this page.` : null;
	/* Lines stay lines; whatever else cannot be seen is written out. */
	const text = log.text.split("\n").map(visible).join("\n");

	return section(id, title, left ? make("p", { class: "note" }, left) : null,
		make("pre", { tabindex: 0 }, text));
}

function linkSection(links) {
	return links.length ? section("files-heading", "Files", make("ul", { class: "plain" },
		links.map(link => make("li", null,
			make("a", { href: link.href, class: "path" }, visible(link.name)))))) : null;
}

function alarmItem(alarm) {
	return make("li", null, visible(alarm.kind),
		alarm.scenario ? ` during ${visible(alarm.scenario)}` : "", ": ",
		make("span", { class: "path" }, visible(alarm.text)));
}

/* ---- a kernel ---- */

function kernelFacts(kernel) {
	const durations = kernel.duration_us || {};
	const machine = kernel.machine || {};

	return facts([
		["name", kernel.name], ["asked for by", kernel.spec],
		["release", kernel.release], ["package", kernel.package],
		["version", kernel.version], ["ran", kernel.time],
		["exit status", kernel.status === null ? "none" : String(kernel.status)],
		["skipped", kernel.skipped], ["last stage", kernel.stage],
		["ran when it ended", kernel.running],
		["to the first message", microseconds(durations.boot)],
		["to the first result", microseconds(durations.first)],
		["in all", microseconds(durations.total)],
		["machine", machine.qemu ? `QEMU ${machine.qemu}, ${machine.accel}, ` +
			`${machine.cpus} CPUs, ${machine.memory_mib} MiB` : null],
		["command line", machine.append],
		["bytes that were no frames", kernel.foreign_bytes ? String(kernel.foreign_bytes) : null],
		["forged frames", kernel.forged_frames ? String(kernel.forged_frames) : null],
		["directory", kernel.directory],
	]);
}

function kernelShow(index) {
	const kernel = kernels[index];

	return [
		make("nav", { class: "moves", "aria-label": "Kernels" },
			make("a", { class: "back", href: "#list", title: "Key Esc" }, "The matrix")),
		make("h2", { id: "place-heading", tabindex: -1 }, visible(kernel.label)),
		make("p", { class: kernel.outcome === "complete" ? "verdict" : "verdict deviates" },
			make("strong", null, kernel.outcome), `: ${visible(kernel.reason)}`),
		kernelFacts(kernel),
		kernel.kernel_log.length ? section("alarms-heading", "What it said in its log",
			make("ul", { class: "plain" }, kernel.kernel_log.map(alarmItem))) : null,
		logSection("log-heading", "Kernel log", kernel.log),
		kernel.guest ? make("details", null,
			make("summary", null, "What the guest said of itself"),
			make("pre", null, JSON.stringify(kernel.guest, null, 2)
				.split("\n").map(visible).join("\n"))) : null,
		logSection("words-heading", "The end of the console (no result)", kernel.last_words),
		linkSection(kernel.links),
	];
}

/* ---- a cell ---- */

/* How a cell is said where there is no room for its text in the matrix. */
const STATES = {
	as_known: "as known", deviates: "not the known verdict",
	not_accepted: "as known, and not accepted", skipped: "skipped",
	not_known: "there is no known verdict", unsure: "nothing was learned",
	untold: "its kernel could not be told", not_run: "it was not to run there",
};

function cellFacts(cell) {
	const result = cell.result || {};
	const known = result.known || {};
	const counts = object => Object.entries(object || {})
		.map(([name, count]) => `${count} ${name}`).join(", ");
	const phases = Object.entries(result.phases || {})
		.map(([name, us]) => `${name} ${microseconds(us)}`).join(", ");

	return facts([
		["known", cell.known], ["rests on", known.ground],
		["runs", cell.runs === 1 ? null : cell.runs],
		["verdicts", cell.runs === 1 ? null : counts(result.verdicts)],
		["also", counts(result.also)],
		["the call took", microseconds(result.call_us)],
		["phases", phases],
		["files", (result.files || []).join(", ")],
		["stored", result.store],
	]);
}

/* The same scenario on every kernel. */
function besideList(scenario, kernel) {
	return make("ul", { class: "beside", "aria-label": "On all kernels" },
		kernels.map((other, index) => make("li", null,
			make("a", { href: `#cell-${scenario}-${index}`,
				    "aria-current": index === kernel ? "true" : null },
				visible(other.label), " ",
				make("span", null, cellLink(scenario, index).textContent)))));
}

function eventItem(line) {
	let event = {};

	try {
		event = JSON.parse(line) || {};
	} catch {
		event = {};
	}
	const words = [event.time, event.event, event.path,
		       typeof event.block === "number" ? `block ${event.block}` : null,
		       event.cause ? `cause ${event.cause}` : null];
	const text = words.filter(word => word).map(visible).join("  ");

	return make("li", null, make("details", null,
		make("summary", null, text || "a line that was cut"),
		make("pre", null, visible(line))));
}

function eventSection(cell) {
	if (!cell.event_count)
		return null;
	const left = cell.event_count - cell.events.length;

	return section("events-heading", "Events of its files",
		make("ul", { class: "events" }, cell.events.map(eventItem)),
		left ? make("p", { class: "note" },
			`${plural(left, "more line")} in the event log, not in this page.`) : null);
}

function findingPart(scenario, kernel, cell, place) {
	const numbers = cell.findings || [];
	const number = numbers[place];

	if (!byNumber.has(number))
		return null;
	const row = byNumber.get(number);
	const left = cell.finding_count - numbers.length;
	const one = index => make("a", {
		href: `#cell-${scenario}-${kernel}-${index}`,
		"aria-current": index === place ? "true" : null,
	}, `Finding ${index + 1}`);

	return make("section", { class: "findings", "aria-labelledby": "finding-heading" },
		make("h3", { id: "finding-heading" }, "Evidence: ", visible(row.class),
			row.block < 0 ? "" : ` of block ${row.block}`,
			row.cause ? `, cause ${visible(row.cause)}` : ""),
		numbers.length > 1 ? make("nav", { class: "moves", "aria-label": "Findings" },
			numbers.map((ignored, index) => one(index))) : null,
		left > 0 ? make("p", { class: "note" },
			`${plural(left, "more finding")} in the event log, not in this page.`) : null,
		findingSections(details(number)));
}

function noEvidence(cell, kernel) {
	if (cell.event_count || !cell.result)
		return null;
	return make("p", { class: "note" }, kernel.links.some(link => link.name === "events.jsonl") ?
		"The event log has nothing about its files." :
		"There is no event log of this kernel.");
}

function cellShow(scenario, index, place) {
	const cell = cellData(scenario, index);
	const kernel = kernels[index];
	const alarms = kernel.kernel_log.filter(alarm =>
		alarm.scenario === sweep.scenarios[scenario]);
	const odd = ["deviates", "not_accepted"].includes(cell.outcome);

	return [
		make("nav", { class: "moves", "aria-label": "Cells" },
			make("a", { class: "back", href: "#list", title: "Key Esc" }, "The matrix"),
			make("a", { href: `#kernel-${index}` }, "About the kernel")),
		make("h2", { id: "place-heading", tabindex: -1 },
			visible(sweep.scenarios[scenario]),
			make("span", { class: "soft" }, ` on ${visible(kernel.label)}`)),
		make("p", { class: odd ? "verdict deviates" : "verdict" },
			cell.verdict ? [make("strong", null, cell.verdict), ", "] : null,
			STATES[cell.outcome] || "",
			cell.note ? `: ${visible(cell.note)}` : ""),
		cell.partial && cell.verdict ? make("p", { class: "note" },
			`It came before the kernel's ${kernel.outcome} (${visible(kernel.reason)}), ` +
			"and is no answer.") : null,
		cell.outcome === "untold" ? make("p", { class: "note" },
			`${kernel.outcome}: ${visible(kernel.reason)}`) : null,
		besideList(scenario, index),
		cellFacts(cell),
		alarms.length ? section("alarms-heading", "What the kernel said meanwhile",
			make("ul", { class: "plain" }, alarms.map(alarmItem))) : null,
		findingPart(scenario, index, cell, place),
		eventSection(cell),
		noEvidence(cell, kernel),
		cell.result ? make("details", null, make("summary", null, "The result's own line"),
			make("pre", null, visible(JSON.stringify(cell.result)))) : null,
		cell.result_left_out ? make("p", { class: "note" },
			"The result's own line is too long for this page.") : null,
		linkSection(kernel.links),
	];
}

/* ---- where one is ---- */

function placeOf(hash) {
	const cell = /^#cell-([0-9]+)-([0-9]+)(?:-([0-9]+))?$/.exec(hash);
	const kernel = /^#kernel-([0-9]+)$/.exec(hash);

	if (cell && Number(cell[1]) < rows.length && Number(cell[2]) < kernels.length)
		return { cell: [Number(cell[1]), Number(cell[2])], finding: Number(cell[3] || 0) };
	if (kernel && Number(kernel[1]) < kernels.length)
		return { cell: ["kernel", Number(kernel[1])], finding: 0 };
	return null;
}

function listShow() {
	const before = current;

	current = null;
	document.title = pageTitle;
	bytesView.data = null;
	timelineView.data = null;
	byId("place").replaceChildren();
	if (before && before[0] !== "kernel")
		cellLink(...before).focus();
	else if (before)
		document.querySelectorAll("#cells thead a")[before[1]].focus();
}

function placeShow(place) {
	const [scenario, kernel] = place.cell;
	const parts = scenario === "kernel" ? kernelShow(kernel) :
		cellShow(scenario, kernel, place.finding);

	current = place.cell;
	byId("place").replaceChildren(...parts.flat().filter(part => part));
	findingDraw();
	document.title = visible(scenario === "kernel" ? kernels[kernel].label :
		`${sweep.scenarios[scenario]} on ${kernels[kernel].label}`);
	byId("place-heading").focus({ preventScroll: true });
	scrollTo(0, 0);
}

function pageGo() {
	const place = placeOf(location.hash);

	byId("summary").hidden = place !== null;
	byId("list").hidden = place !== null;
	byId("place").hidden = place === null;
	bytesView.data = null;
	timelineView.data = null;
	if (place)
		placeShow(place);
	else
		listShow();
}

/* ---- keys ---- */

/* In a cell's place: the same beside it; in the matrix: the focus. */
function keyMove(down, right) {
	if (!current) {
		focusMove(down, right);
		return;
	}
	const [scenario, kernel] = current;
	const row = scenario !== "kernel" && down ? rowBeside(scenario, down) : scenario;
	const column = kernel + right;

	if (row === -1 || column < 0 || column >= kernels.length)
		return;
	location.hash = row === "kernel" ? `kernel-${column}` : `cell-${row}-${column}`;
}

function keyBack() {
	if (current)
		location.hash = "list";
}

function keySearch() {
	keyBack();
	setTimeout(() => byId("filter-text").focus());
}

function keyFilter(kind) {
	keyBack();
	filterKind(kind);
}

/* key: [what it does, where: in the matrix, in a place, or both ("")] */
const KEYS = {
	j: [() => keyMove(1, 0), ""],
	k: [() => keyMove(-1, 0), ""],
	l: [() => keyMove(0, 1), ""],
	h: [() => keyMove(0, -1), ""],
	ArrowDown: [() => keyMove(1, 0), "list"],
	ArrowUp: [() => keyMove(-1, 0), "list"],
	ArrowRight: [() => keyMove(0, 1), "list"],
	ArrowLeft: [() => keyMove(0, -1), "list"],
	n: [() => bytesMove(1), "place"],
	p: [() => bytesMove(-1), "place"],
	e: [bytesUnfold, "place"],
	d: [() => keyFilter("deviates not_accepted"), ""],
	c: [() => keyFilter("changed"), ""],
	Escape: [keyBack, "place"],
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
	if (where !== "" && where !== (current ? "place" : "list"))
		return;
	/* Arrows scroll the page until one is in the matrix. */
	if (event.key.startsWith("Arrow") && !focusedCell())
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
	filterStart();
	pageGo();
}

start();
