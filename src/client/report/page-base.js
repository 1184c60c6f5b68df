/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the page stands on: making elements, writing numbers, and the findings.
 *
 * Whatever comes from a log gets into the page as text of a node or as the value
 * of an attribute that names nothing to load or run; there is no other way in.
 *
 * A line of #details is a finding: what the list shows of it as an array, a tab,
 * and all the rest as an object, which is not parsed before it is looked at. So
 * that ten thousand open quickly.
 */
"use strict";

const byId = id => document.getElementById(id);

/* An element. Attributes: false and null are left out; on: listener of clicks. */
function make(name, attributes, ...children) {
	return fill(document.createElement(name), attributes, children);
}

function makeSvg(name, attributes, ...children) {
	return fill(document.createElementNS("http://www.w3.org/2000/svg", name),
		attributes, children);
}

function fill(element, attributes, children) {
	for (const [key, value] of Object.entries(attributes || {})) {
		if (key === "on")
			element.addEventListener("click", value);
		else if (value !== false && value !== null && value !== undefined)
			element.setAttribute(key, value === true ? "" : value);
	}
	for (const child of children.flat(Infinity)) {
		if (child !== null && child !== undefined && child !== false)
			element.append(child);
	}
	return element;
}

/*
 * Text with nothing in it that cannot be seen, or that changes the order of what
 * stands beside it. src/client/report-html.c does the same.
 */
function visible(text) {
	return String(text).replace(
		/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
		c => {
			const code = c.charCodeAt(0);
			return code < 256 ?
				"\\x" + code.toString(16).padStart(2, "0") :
				"\\u" + code.toString(16).padStart(4, "0");
		});
}

const plural = (count, noun) =>
	`${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

const hex = (number, digits) => number.toString(16).padStart(digits, "0");

/* A duration in the unit that suits it: 812 ns, 3.41 ms. */
function duration(ns) {
	const size = Math.abs(ns);
	const [unit, factor] = size < 1e3 ? ["ns", 1] : size < 1e6 ? ["µs", 1e3] :
		size < 1e9 ? ["ms", 1e6] : ["s", 1e9];
	const value = ns / factor;
	const digits = unit === "ns" || Math.abs(value) >= 100 ? 0 :
		Math.abs(value) >= 10 ? 1 : 2;
	return `${value.toFixed(digits)} ${unit}`.replace("-", "−");
}

/* ---- the findings ---- */

const lines = byId("details").textContent.split("\n").filter(line => line !== "");

const findings = lines.map((line, index) => {
	const [number, kind, cause, path, block, time, bytes, by] =
		JSON.parse(line.slice(0, line.indexOf("\t")));
	return { index, number, class: kind, cause, path, block, time, bytes, by };
});

const byNumber = new Map(findings.map(finding => [finding.number, finding]));

/* All about a finding; parsed anew each time: it is shown one at a time. */
function details(number) {
	const line = lines[byNumber.get(number).index];

	return JSON.parse(line.slice(line.indexOf("\t") + 1));
}

/* A list of a finding, or that of the finding whose number stands there. */
function shared(finding, key) {
	return typeof finding[key] === "number" ? details(finding[key])[key] :
		finding[key];
}
