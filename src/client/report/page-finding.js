/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told of a finding: facts, bytes, timeline, suspects, who has the file.
 * In the page of "pinctl report", and in that of a sweep.
 */
"use strict";

/* A cause as part of a class name: those that the style sheet knows. */
function causeClass(cause) {
	return ["pin", "overwrite", "unknown"].includes(cause) ? cause : "other";
}

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

/* All of it; findingDraw() when it is in the page. */
function findingSections(finding) {
	const mappers = shared(finding, "mappers");
	const openers = shared(finding, "openers");

	bytesView.data = null;
	timelineView.data = null;
	return [
		factSection(finding),
		finding.images ? bytesSection(finding.images) : null,
		finding.timeline.length ? timelineSection(finding) : null,
		finding.suspects.length ? section("suspects-heading", "Suspects",
			finding.suspects.map(suspectItem)) : null,
		mappers.length ? mapperSection(mappers) : null,
		openers.length ? openerSection(openers) : null,
		unknownSection(finding),
	].filter(part => part);
}

/* What depends on the room that there is. */
function findingDraw() {
	if (bytesView.data)
		bytesDraw();
	if (timelineView.data)
		timelineDraw();
}
