/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matrix: which rows are shown, and where in it one is. Its cells are there
 * without this script; it hides rows and moves the focus.
 *
 * The first line of #data has the names of the scenarios and how many kernels
 * there are; then comes a line for each kernel, and one for each cell, row by
 * row, which are not parsed before they are looked at.
 */
"use strict";

const dataLines = byId("data").textContent.split("\n");
const sweep = JSON.parse(dataLines[0]);
const kernels = dataLines.slice(1, 1 + sweep.kernels).map(line => JSON.parse(line));
const rows = [...document.querySelectorAll("#cells tbody tr")];

const cellData = (scenario, kernel) =>
	JSON.parse(dataLines[1 + sweep.kernels + scenario * sweep.kernels + kernel]);

const cellLink = (scenario, kernel) => rows[scenario].cells[kernel + 1].firstChild;

/* ---- the filter ---- */

function rowFits(row, index, kinds, text) {
	if (!sweep.scenarios[index].toLowerCase().includes(text))
		return false;
	return !kinds.length || [...row.cells].some(cell =>
		kinds.some(kind => cell.classList.contains(kind)));
}

function filterApply() {
	const kinds = byId("filter-kind").value.split(" ").filter(kind => kind);
	const text = byId("filter-text").value.trim().toLowerCase();
	let shown = 0;

	rows.forEach((row, index) => {
		row.hidden = !rowFits(row, index, kinds, text);
		shown += row.hidden ? 0 : 1;
	});
	byId("count").textContent = shown === rows.length ?
		plural(rows.length, "scenario") :
		`${shown} of ${plural(rows.length, "scenario")}`;
}

function filterKind(value) {
	const kind = byId("filter-kind");

	kind.value = kind.value === value ? "" : value;
	filterApply();
}

function filterClear() {
	byId("filter-kind").value = "";
	byId("filter-text").value = "";
	filterApply();
}

function filterStart() {
	byId("filter").hidden = false;
	byId("filter").addEventListener("submit", event => event.preventDefault());
	byId("filter-kind").addEventListener("change", filterApply);
	byId("filter-text").addEventListener("input", filterApply);
	byId("filter-clear").addEventListener("click", filterClear);
	filterApply();
}

/* ---- where one is ---- */

/* Scenario and kernel of the cell with the focus, or null. */
function focusedCell() {
	const cell = document.activeElement && document.activeElement.closest("#cells tbody td");

	return cell ? [rows.indexOf(cell.parentElement), cell.cellIndex - 1] : null;
}

/* The next row in that direction that is shown; -1: there is none. */
function rowBeside(scenario, step) {
	let index = scenario + step;

	while (index >= 0 && index < rows.length && rows[index].hidden)
		index += step;
	return index < rows.length ? index : -1;
}

function focusMove(down, right) {
	const [scenario, kernel] = focusedCell() || [-1, 0];

	if (!rows.length || !sweep.kernels)
		return;
	const row = scenario < 0 ? rowBeside(-1, 1) :
		down ? rowBeside(scenario, down) : scenario;
	const column = scenario < 0 ? 0 :
		Math.min(Math.max(kernel + right, 0), sweep.kernels - 1);
	if (row >= 0)
		cellLink(row, column).focus();
}
