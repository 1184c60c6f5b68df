/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list: which findings, in which order, and the page of them that is shown.
 * A page and not an endless list, so that the browser's own search, printing and
 * screen readers meet a plain table.
 */
"use strict";

const LIST_PAGE = 200;

const list = { shown: findings, page: 0, key: "number", down: false, at: 0 };

function listRow(finding) {
	const link = text => make("a", { href: `#finding-${finding.number}`,
					 tabindex: -1 }, text);
	const cause = finding.cause || "–";

	return make("tr", { id: `row-${finding.number}` },
		make("td", { class: "no number" },
			make("a", { href: `#finding-${finding.number}` },
				String(finding.number))),
		make("td", { class: "after mono" }, finding.time.slice(11, 23)),
		make("td", { class: "class" }, visible(finding.class)),
		make("td", { class: `cause cause-${causeClass(finding.cause)}` },
			visible(cause)),
		make("td", { class: "file path" }, link(visible(finding.path))),
		make("td", { class: "block number" },
			finding.block < 0 ? "–" : String(finding.block)),
		make("td", { class: "count-bytes number" },
			finding.bytes < 0 ? "–" : String(finding.bytes)),
		make("td", { class: "by" }, visible(finding.by)));
}

/* Fill the table; focus: the number of the finding that gets the focus. */
function listRender(focus) {
	const first = list.page * LIST_PAGE;
	const page = list.shown.slice(first, first + LIST_PAGE);
	const pages = Math.ceil(list.shown.length / LIST_PAGE);

	byId("findings").tBodies[0].replaceChildren(...page.map(listRow));
	byId("count").textContent = list.shown.length === findings.length ?
		`${plural(findings.length, "finding")}.` :
		`${list.shown.length.toLocaleString("en")} of ` +
		`${plural(findings.length, "finding")}.`;
	byId("pager").hidden = pages < 2;
	byId("page-place").textContent = pages < 2 ? "" :
		`${first + 1}–${first + page.length} of ${list.shown.length}`;
	byId("page-before").disabled = list.page === 0;
	byId("page-after").disabled = list.page >= pages - 1;
	if (focus)
		listFocus(focus);
}

/* Give the focus to the row of a finding, on whatever page it is. */
function listFocus(number) {
	const index = list.shown.findIndex(finding => finding.number === number);

	if (index < 0)
		return;
	list.at = index;
	if (Math.floor(index / LIST_PAGE) !== list.page) {
		list.page = Math.floor(index / LIST_PAGE);
		listRender();
	}
	const row = byId(`row-${number}`);
	row.querySelector("a").focus({ preventScroll: true });
	row.scrollIntoView({ block: "nearest" });
}

/* One down or up, from the row that has the focus, or had it last. */
function listMove(step) {
	const row = document.activeElement && document.activeElement.closest("tr[id]");
	let index = list.at + step;

	if (!row || !byId("findings").contains(row))
		index = Math.min(list.at, list.shown.length - 1);
	index = Math.max(0, Math.min(list.shown.length - 1, index));
	if (list.shown.length)
		listFocus(list.shown[index].number);
}

/* The finding beside this one in the order of the list, or undefined. */
function listBeside(number, step) {
	const index = list.shown.findIndex(finding => finding.number === number);

	return index < 0 ? undefined : list.shown[index + step];
}

function listCompare(a, b) {
	const x = a[list.key];
	const y = b[list.key];
	const order = typeof x === "number" ? x - y : x < y ? -1 : x > y ? 1 : 0;

	return (list.down ? -order : order) || a.number - b.number;
}

function listSelect() {
	const kind = byId("filter-class").value;
	const cause = byId("filter-cause").value;
	const path = byId("filter-path").value.toLowerCase();

	list.shown = findings.filter(finding =>
		(kind === "" || finding.class === kind) &&
		(cause === "" || (finding.cause || "–") === cause) &&
		(path === "" || visible(finding.path).toLowerCase().includes(path)));
	if (list.key !== "number" || list.down)
		list.shown.sort(listCompare);
	list.page = 0;
	list.at = 0;
	listRender();
}

function listSort(head) {
	const key = head.dataset.key;

	list.down = list.key === key ? !list.down : false;
	list.key = key;
	for (const other of byId("findings").tHead.rows[0].cells)
		other.removeAttribute("aria-sort");
	head.setAttribute("aria-sort", list.down ? "descending" : "ascending");
	listSelect();
}

function listChoices(select, values) {
	for (const value of [...new Set(values)].sort())
		select.append(make("option", { value }, visible(value)));
}

function listStart() {
	listChoices(byId("filter-class"), findings.map(finding => finding.class));
	listChoices(byId("filter-cause"), findings.map(finding => finding.cause || "–"));
	for (const head of byId("findings").tHead.rows[0].cells) {
		head.replaceChildren(make("button", {
			type: "button", on: () => listSort(head),
		}, head.textContent));
	}
	byId("filter").addEventListener("submit", event => event.preventDefault());
	byId("filter").addEventListener("input", listSelect);
	byId("filter-clear").addEventListener("click", () => {
		byId("filter").reset();
		listSelect();
	});
	byId("page-before").addEventListener("click", () => listTurn(-1));
	byId("page-after").addEventListener("click", () => listTurn(1));
	byId("findings").tBodies[0].addEventListener("click", event => {
		const row = event.target.closest("tr[id]");
		if (row && !event.target.closest("a") && getSelection().isCollapsed)
			location.hash = row.id.replace("row-", "finding-");
	});
	/* A table whose parts are laid out as blocks is none to a screen reader. */
	byId("findings").setAttribute("role", "table");
	byId("filter").hidden = findings.length < 2;
	listRender();
}

function listTurn(step) {
	list.page += step;
	listRender();
	listFocus(list.shown[list.page * LIST_PAGE].number);
}
