/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timeline of a finding, to scale: bars for what lasts (the WRITE, the window
 * between its two looks, holds, calls of suspects), ticks for what happens. The
 * numbers at the ticks are those of the table below, which says the same in
 * words. Where the whole is far longer than the WRITE, the WRITE is shown first,
 * and a button shows the whole.
 */
"use strict";

const TIMELINE_FAR = 12;	/* so many times the WRITE is "far longer" */

const timelineView = { data: null, whole: false };

const timelineTime = (moments, what) => {
	const moment = moments.find(entry => entry.what === what);
	return moment ? moment.t_ns : null;
};

/* What lasts: { text, from, to, kind }; to null: until now and beyond. */
function timelineBars(finding) {
	const moments = finding.timeline;
	const arrival = timelineTime(moments, "arrival");
	const recheck = timelineTime(moments, "recheck");
	const reply = timelineTime(moments, "reply");
	const bars = [];

	if (arrival !== null && reply !== null)
		bars.push({ text: "WRITE, to its reply", from: arrival, to: reply, kind: "request" });
	if (arrival !== null && recheck !== null)
		bars.push({ text: "window between the two looks", from: arrival, to: recheck, kind: "window" });
	moments.forEach((moment, i) => {
		if (moment.what !== "held")
			return;
		const end = moments.slice(i).find(entry => entry.what === "released");
		bars.push({ text: `held ${visible(moment.text)}`.trim(), from: moment.t_ns,
			    to: end ? end.t_ns : null, kind: "hold" });
	});
	for (const suspect of finding.suspects) {
		if (typeof suspect.enter_ns !== "number")
			continue;
		bars.push({ text: visible(`${suspect.call || "call"} of ${suspect.comm || "?"} (${suspect.tid || suspect.pid || "?"})`),
			    from: suspect.enter_ns,
			    to: typeof suspect.exit_ns === "number" ? suspect.exit_ns : null,
			    kind: "call" });
	}
	return bars;
}

/* Everything that the drawing needs. */
function timelineRead(finding) {
	const bars = timelineBars(finding);
	const times = finding.timeline.map(moment => moment.t_ns)
		.concat(bars.map(bar => bar.from))
		.concat(bars.filter(bar => bar.to !== null).map(bar => bar.to));
	const window = bars.find(bar => bar.kind === "request") ||
		bars.find(bar => bar.kind === "window");
	const whole = [Math.min(...times), Math.max(...times)];
	const near = window ? [window.from, window.to] : whole;

	return { bars, moments: finding.timeline, whole, near,
		 zero: window ? window.from : whole[0],
		 far: near[1] > near[0] &&
			whole[1] - whole[0] > TIMELINE_FAR * (near[1] - near[0]) };
}

/* A step of 1, 2 or 5 times a power of ten, about so many in a length. */
function timelineStep(length, count) {
	const power = 10 ** Math.floor(Math.log10(Math.max(length / count, 1)));

	return [1, 2, 5, 10].map(n => n * power).find(n => length / n <= count) ||
		10 * power;
}

function timelineAxis(scale, width, top) {
	const parts = [makeSvg("line", { class: "axis", x1: 0, x2: width, y1: top, y2: top })];
	const step = timelineStep(scale.to - scale.from, Math.max(2, width / 130));
	const first = Math.ceil((scale.from - scale.zero) / step) * step;

	for (let t = first; scale.zero + t <= scale.to; t += step) {
		const x = scale.x(scale.zero + t);
		parts.push(makeSvg("line", { class: "axis", x1: x, x2: x, y1: top, y2: top + 5 }),
			makeSvg("text", { class: "soft", x, y: top + 18,
				"text-anchor": x < 24 ? "start" : x > width - 40 ? "end" : "middle" },
				t === 0 ? "0" : `${t > 0 ? "+" : ""}${duration(t)}`));
	}
	return parts;
}

/* A label above its bar, kept inside of the drawing. */
function timelineBar(bar, scale, width, y) {
	const open = bar.to === null || bar.to > scale.to;
	const from = scale.x(Math.max(bar.from, scale.from));
	const to = scale.x(open ? scale.to : bar.to);
	const length = bar.to === null ? "has not ended" : duration(bar.to - bar.from);
	const right = from > width * 0.55;
	const parts = [
		makeSvg("text", { x: right ? Math.max(to, from + 2) : from, y: y + 11,
				  "text-anchor": right ? "end" : "start" },
			`${bar.text}, ${length}`),
		makeSvg("rect", { class: bar.kind, x: from, y: y + 16, height: 9,
				  width: Math.max(to - from, 1.5), rx: 1 }),
	];

	if (open)
		parts.push(makeSvg("path", { class: "open-end",
			d: `M${to - 7} ${y + 14}l6 6.5l-6 6.5` }));
	if (bar.from < scale.from)
		parts.push(makeSvg("path", { class: "open-end",
			d: `M${from + 7} ${y + 14}l-6 6.5l6 6.5` }));
	return parts;
}

/* Ticks with their numbers; a number that would lie on another goes lower. */
function timelineTicks(data, scale, y) {
	const ends = [];
	const parts = [];

	data.moments.forEach((moment, i) => {
		if (moment.t_ns < scale.from || moment.t_ns > scale.to)
			return;
		const x = scale.x(moment.t_ns);
		const room = String(i + 1).length * 7 + 5;
		let level = ends.findIndex(end => end <= x - room / 2);
		if (level < 0)
			level = ends.length;
		ends[level] = x + room / 2;
		parts.push(makeSvg("line", { class: "point", x1: x, x2: x, y1: y, y2: y + 8 }),
			makeSvg("text", { class: "soft", x, y: y + 20 + level * 13,
					  "text-anchor": "middle" }, String(i + 1)));
	});
	return { parts, height: 26 + ends.length * 13 };
}

/* What a bar lies beyond is said, since it cannot be seen. */
function timelineOutside(data, scale) {
	return data.bars.filter(bar => bar.from > scale.to ||
		(bar.to !== null && bar.to < scale.from)).length;
}

function timelineDraw() {
	const { data, whole } = timelineView;
	const box = byId("timeline");
	const width = Math.max(box.clientWidth, 240);
	const [from, to] = data.far && !whole ? data.near : data.whole;
	const margin = Math.max((to - from) * 0.06, 1);
	const scale = { from: from - margin, to: to + margin, zero: data.zero };
	const inset = 10;
	const parts = [];
	let y = 4;

	scale.x = t => inset + (t - scale.from) / (scale.to - scale.from) * (width - 2 * inset);
	for (const bar of data.bars) {
		if (bar.from > scale.to || (bar.to !== null && bar.to < scale.from))
			continue;
		parts.push(timelineBar(bar, scale, width, y));
		y += 32;
	}
	const ticks = timelineTicks(data, scale, y + 4);
	parts.push(ticks.parts);
	y += 4 + ticks.height;
	parts.push(timelineAxis(scale, width, y));
	const guides = data.bars.filter(bar => bar.kind === "window")
		.flatMap(bar => [bar.from, bar.to])
		.filter(t => t >= scale.from && t <= scale.to)
		.map(t => makeSvg("line", { class: "guide", x1: scale.x(t), x2: scale.x(t), y1: 0, y2: y }));
	box.replaceChildren(makeSvg("svg", {
		width, height: y + 24, viewBox: `0 0 ${width} ${y + 24}`,
		role: "img", "aria-label": "Timeline, to scale; the table below says the same",
	}, guides, parts));
	const outside = timelineOutside(data, scale);
	byId("timeline-outside").textContent = outside ?
		`${plural(outside, "bar")} outside of what is shown.` : "";
}

function timelineTable(data) {
	return make("table", { class: "moments" },
		make("thead", null, make("tr", null,
			make("th", { scope: "col", class: "number" }, "No."),
			make("th", { scope: "col", class: "number" }, "Time"),
			make("th", { scope: "col" }, "What"),
			make("th", { scope: "col" }, ""))),
		make("tbody", null, data.moments.map((moment, i) => make("tr", null,
			make("td", { class: "number" }, String(i + 1)),
			make("td", { class: "number" },
				moment.t_ns === data.zero ? "0" :
				(moment.t_ns > data.zero ? "+" : "") +
				duration(moment.t_ns - data.zero)),
			make("td", null, visible(moment.what)),
			make("td", null, visible(moment.text || ""))))));
}

/* The section of a finding that has moments; drawn once it is in the page. */
function timelineSection(finding) {
	const data = timelineRead(finding);

	timelineView.data = data;
	timelineView.whole = false;
	const toggle = make("button", {
		type: "button", id: "timeline-whole", "aria-pressed": "false",
		on: event => {
			timelineView.whole = !timelineView.whole;
			event.target.setAttribute("aria-pressed", timelineView.whole);
			event.target.textContent = timelineView.whole ?
				"Only the WRITE" : "All of it";
			timelineDraw();
		},
	}, "All of it");
	return make("section", { class: "timeline", "aria-labelledby": "timeline-heading" },
		make("h3", { id: "timeline-heading" }, "Timeline"),
		data.far ? make("p", null, toggle) : null,
		make("div", { id: "timeline" }),
		make("p", { id: "timeline-outside", class: "note" }),
		make("div", { class: "scroll" }, timelineTable(data)));
}
