/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Light and dark, and the list of keys. */
"use strict";

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
