/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a block, before and after. Rows of 16 or, where there is little
 * room, of 8; side by side, or one below the other with "-" and "+". What is
 * equal is folded but for two rows around each difference, and so is the middle
 * of a long one; what the page does not have (redacted, cut) is said, never shown
 * as zeros.
 *
 * In the data an image is a list of stretches: [offset, base64], or [offset,
 * base64, length] where the bytes are repeated up to length. "after" has only
 * what is not as in "before".
 */
"use strict";

const BYTES_CONTEXT = 2;	/* rows around a difference */
const BYTES_LONG = 16;		/* rows of a difference that are not folded */
const BYTES_GAP = 8;		/* so many equal bytes end a difference */

const bytesView = { data: null, place: -1, differences: [], open: false };

function bytesDecode(stretches, into, known) {
	for (const [off, base64, length] of stretches) {
		const text = atob(base64);
		const end = off + (length || text.length);

		for (let i = off; i < end; i++) {
			into[i] = text.charCodeAt((i - off) % text.length);
			known[i] = 1;
		}
	}
}

/* Both images: bytes, and which of them are known. */
function bytesRead(images) {
	const size = Math.max(images.before.length, images.after.length);
	const make = () => ({ bytes: new Uint8Array(size), known: new Uint8Array(size) });
	const before = make();
	const after = make();

	bytesDecode(images.before.bytes, before.bytes, before.known);
	for (let i = 0; i < images.after.length; i++) {
		after.bytes[i] = before.bytes[i];
		after.known[i] = before.known[i];
	}
	bytesDecode(images.after.bytes, after.bytes, after.known);
	return { size, from: images.from, before, after, images };
}

/* Does byte i differ? One that only one image has does. */
function bytesDiffer(data, i) {
	return data.before.known[i] !== data.after.known[i] ||
		data.before.bytes[i] !== data.after.bytes[i];
}

/* [first, end) of each difference. */
function bytesDifferences(data) {
	const ranges = [];

	for (let i = 0; i < data.size; i++) {
		if (!bytesDiffer(data, i))
			continue;
		const last = ranges[ranges.length - 1];
		if (last && i - last[1] < BYTES_GAP)
			last[1] = i + 1;
		else
			ranges.push([i, i + 1]);
	}
	return ranges;
}

const bytesHex = (side, i) => side.known[i] ? hex(side.bytes[i], 2) : "··";

function bytesCharacter(side, i) {
	const byte = side.bytes[i];

	return !side.known[i] ? " " : byte >= 0x20 && byte < 0x7f ?
		String.fromCharCode(byte) : ".";
}

/*
 * The bytes [first, end) of one side, those that differ marked, as far as a
 * whole row's width.
 */
function bytesSide(data, side, mark, first, width) {
	const end = Math.min(first + width, data.size);
	const parts = [];
	const letters = [];
	let i = first;

	while (i < end) {
		const differs = bytesDiffer(data, i);
		const from = i;
		while (i < end && bytesDiffer(data, i) === differs)
			i++;
		const numbers = [];
		let text = "";
		for (let k = from; k < i; k++) {
			numbers.push(bytesHex(side, k));
			text += bytesCharacter(side, k);
		}
		parts.push(differs ? make(mark, null, numbers.join(" ")) :
			numbers.join(" "));
		parts.push(" ");
		letters.push(differs ? make(mark, null, text) : text);
	}
	parts.push("   ".repeat(first + width - end) + " ");
	letters.push(" ".repeat(first + width - end));
	return [parts, make("span", { class: "text" }, letters)];
}

const bytesAt = (data, i) => hex(data.from + i, 4);

function bytesRow(data, first, layout, differs) {
	const at = sign => make("span", { class: "at" },
		`${bytesAt(data, first)} ${sign} `);
	const before = () => bytesSide(data, data.before, "del", first, layout.width);
	const after = () => bytesSide(data, data.after, "ins", first, layout.width);
	const row = (...parts) => make("div", {
		class: "row", "data-first": first,
	}, ...parts);

	if (layout.aside)
		return [row(at(differs ? "≠" : " "), before(), "   ", after())];
	if (!differs)
		return [row(at(" "), before())];
	return [row(at("−"), before()), row(at("+"), after())];
}

/* What a row is: "differs", "equal", or "gone" when nothing of it is known. */
function bytesKind(data, first, width) {
	const end = Math.min(first + width, data.size);
	let known = false;

	for (let i = first; i < end; i++) {
		if (bytesDiffer(data, i))
			return "differs";
		known = known || data.before.known[i] === 1;
	}
	return known ? "equal" : "gone";
}

/*
 * Which rows are shown: those around a difference, and of a long one those at its
 * beginning and its end.
 */
function bytesShown(kinds) {
	const around = (i, rows) => kinds.slice(Math.max(0, i - rows), i + rows + 1);

	return kinds.map((kind, i) => {
		if (kind === "gone" || bytesView.open)
			return kind !== "gone";
		const before = kinds.slice(Math.max(0, i - BYTES_LONG), i);
		return kind === "equal" ? around(i, BYTES_CONTEXT).includes("differs") :
			before.length < BYTES_LONG ||
			before.some(other => other !== "differs") ||
			around(i, BYTES_CONTEXT).some(other => other !== "differs");
	});
}

function bytesFold(data, kind, first, end) {
	const where = `${bytesAt(data, first)}–${bytesAt(data, end - 1)}`;

	if (kind === "gone") {
		return make("span", { class: "fold" },
			`${plural(end - first, "byte")} not in this page (${where})`);
	}
	return make("button", {
		type: "button", class: "fold",
		on: event => {
			const layout = bytesLayout();
			const rows = [];
			for (let i = first; i < end; i += layout.width)
				rows.push(bytesRow(data, i, layout, kind === "differs"));
			event.target.replaceWith(...rows.flat());
		},
	}, kind === "differs" ? `${plural(end - first, "more byte")} that differ (${where})` :
		`${plural(end - first, "equal byte")} (${where})`);
}

/* How many bytes a row has, and whether both images stand side by side. */
function bytesLayout() {
	const box = byId("bytes");
	const probe = make("div", { class: "row" },
		make("span", null, "0".repeat(100)));

	box.append(probe);
	const room = box.clientWidth / (probe.firstChild.getBoundingClientRect().width / 100);
	probe.remove();
	/* An offset of 7, then for each byte 3 and 1, and 4 between. */
	return { width: room >= 72 ? 16 : 8, aside: room >= 141 };
}

function bytesHead(data, layout) {
	const name = (mark, image) => make(mark, null, visible(image.name));
	const width = layout.width * 4 + 1;
	const before = data.images.before.name;

	if (!layout.aside) {
		return make("div", { class: "row head" },
			"     − ", name("del", data.images.before), "   + ",
			name("ins", data.images.after));
	}
	return make("div", { class: "row head" },
		" ".repeat(7), name("del", data.images.before),
		" ".repeat(Math.max(1, width + 3 - before.length)),
		name("ins", data.images.after));
}

function bytesDraw() {
	const { data } = bytesView;
	const box = byId("bytes");
	const layout = bytesLayout();
	const kinds = [];
	const parts = [bytesHead(data, layout)];

	for (let i = 0; i < data.size; i += layout.width)
		kinds.push(bytesKind(data, i, layout.width));
	const shown = bytesShown(kinds);
	for (let row = 0; row < kinds.length;) {
		const first = row * layout.width;
		if (shown[row]) {
			parts.push(bytesRow(data, first, layout,
					    kinds[row] === "differs"));
			row++;
			continue;
		}
		const kind = kinds[row];
		while (row < kinds.length && !shown[row] && kinds[row] === kind)
			row++;
		parts.push(bytesFold(data, kind, first,
				     Math.min(row * layout.width, data.size)));
	}
	box.replaceChildren(...parts.flat());
	box.dataset.width = layout.width;
	bytesMark(false);
}

/* Say which difference is meant, and mark its row. */
function bytesMark(scroll) {
	const { data, place, differences } = bytesView;
	const box = byId("bytes");

	for (const row of box.querySelectorAll(".here"))
		row.classList.remove("here");
	const say = byId("bytes-place");
	if (place < 0) {
		say.textContent = plural(differences.length, "difference");
		return;
	}
	const [first, end] = differences[place];
	say.textContent = `difference ${place + 1} of ${differences.length}: ` +
		`${bytesAt(data, first)}–${bytesAt(data, end - 1)}`;
	const width = Number(box.dataset.width);
	const rows = box.querySelectorAll(
		`[data-first="${Math.floor(first / width) * width}"]`);
	for (const row of rows)
		row.classList.add("here");
	if (scroll && rows.length)
		rows[0].scrollIntoView({ block: "center" });
}

function bytesMove(step) {
	const count = bytesView.differences.length;

	if (!bytesView.data || !count)
		return;
	bytesView.place = bytesView.place < 0 && step < 0 ? count - 1 :
		(bytesView.place + step + count) % count;
	const [first] = bytesView.differences[bytesView.place];
	const width = Number(byId("bytes").dataset.width);
	if (!byId("bytes").querySelector(
		`[data-first="${Math.floor(first / width) * width}"]`))
		bytesUnfold();
	bytesMark(true);
}

function bytesUnfold() {
	if (!bytesView.data)
		return;
	bytesView.open = !bytesView.open;
	byId("bytes-unfold").textContent = bytesView.open ?
		"Fold again" : "Show all bytes";
	bytesDraw();
}

/* The section of a finding that has images; drawn by bytesDraw() once it is in. */
function bytesSection(images) {
	const button = (id, text, on) => make("button", { type: "button", id, on }, text);
	const left = images.left_out;

	bytesView.data = bytesRead(images);
	bytesView.differences = bytesDifferences(bytesView.data);
	bytesView.place = -1;
	bytesView.open = false;
	return make("section", { "aria-labelledby": "bytes-heading" },
		make("h3", { id: "bytes-heading" }, "Bytes"),
		images.whose.map(text => make("p", null, visible(text))),
		make("div", { class: "bytes-bar" },
			button("bytes-before", "Previous difference", () => bytesMove(-1)),
			button("bytes-after", "Next difference", () => bytesMove(1)),
			make("span", { id: "bytes-place", class: "place", role: "status" }),
			button("bytes-unfold", "Show all bytes", bytesUnfold)),
		make("div", { id: "bytes", class: "bytes", tabindex: 0, role: "group",
			      "aria-label": "Bytes of the block in hexadecimal" }),
		left ? make("p", { class: "note" }, visible(left)) : null);
}
