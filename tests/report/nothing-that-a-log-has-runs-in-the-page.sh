#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whatever a log has, it is text in the page of "pinctl report --html":
#           names with HTML, scripts, control characters, bytes that are no UTF-8
#           and marks that turn the direction of writing.
# Refuted by: an element that the page has only because of them, a script that has
#             run, a character that cannot be seen.
# Proof of coverage: each name is found in the page as a text that can be seen, in
#                    the list and in the finding; the same script runs where it is
#                    not escaped.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/browser.sh"
require_browser
plan 23

# Looks around in the page, with a finding opened.
cat >"$tmp/look.js" <<'END'
location.hash = "finding-1";
setTimeout(() => {
	const strange = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]/;
	const text = document.body.innerText;
	document.body.innerHTML = `<pre>of the page:
elements ${document.querySelectorAll("img, iframe, object, b, a[href^='javascript']").length}
scripts ${document.scripts.length}
title ${document.title.includes("owned") && !document.title.includes("<") ? "taken" : "kept"}
ran ${window.owned === undefined ? "nothing" : "something"}
strange ${strange.test(text)}
heading ${btoa(document.querySelector("#finding-heading span").textContent)}
</pre>`;
}, 1000);
END

# page NAME - of a log about a file of that name, twice: in $tmp/seen as it is, in
# $tmp/looked with all scripts allowed, so that only escaping protects it.
page() {
	rm -rf "$tmp/log"
	mkdir "$tmp/log"
	findings-log "$tmp/log" 3 3 "$1"
	pinctl report --html="$tmp/page.html" "$tmp/log/events.jsonl"
	with_script "$tmp/page.html" "$tmp/look.js" "$tmp/look.html"
	browse "$tmp/look.html" --virtual-time-budget=5000 >"$tmp/looked"
}

# found WORD - what look.js says of it.
found() {
	sed -n "s/^$1 //p" "$tmp/looked"
}

# harmless NAME SHOWN - a file of that name is shown as this; seven checks.
harmless() {
	page "$1"
	is "$(found elements)" 0 "$2 makes no element"
	is "$(found scripts)" 3 "and no script"
	is "$(found title)" kept "does not change the title"
	is "$(found ran)" nothing "runs nothing"
	is "$(found strange)" false "and can be seen"
	is "$(found heading | base64 -d)" "$2" "as what it is"
	ok "in the list without scripts as well" \
		grep -qF "$(sed 's/&/\&#38;/g; s/</\&#60;/g; s/>/\&#62;/g
			s/"/\&#34;/g; s/'"'"'/\&#39;/g' <<<"$2")" "$tmp/page.html"
}

harmless '/<img src=x onerror="owned=1"><b>' '/<img src=x onerror="owned=1"><b>'
harmless '/</script><script>owned=1</script>&amp;' \
	'/</script><script>owned=1</script>&amp;'
harmless $'/\x1b[31m\x01\u202e\u0085\ttab' '/\x1b[31m\x01\u202e\x85\x09tab'
page "/plain"
sed 's,<h2 id="list-heading">,<script>owned=1</script>&,' "$tmp/page.html" \
	>"$tmp/planted.html"
with_script "$tmp/planted.html" "$tmp/look.js" "$tmp/look.html"
browse "$tmp/look.html" --virtual-time-budget=5000 >"$tmp/looked"
is "$(found ran)" something "a script that is not escaped runs"
# ... but not with the page's own policy, by which the text is all there is.
sed 's,<h2 id="list-heading">,<script>document.title="owned"</script>&,' \
	"$tmp/page.html" >"$tmp/planted.html"
browse "$tmp/planted.html" >"$tmp/seen"
unlike "$(grep -o '<title>[^<]*' "$tmp/seen")" owned \
	"unless the page's policy is there"
