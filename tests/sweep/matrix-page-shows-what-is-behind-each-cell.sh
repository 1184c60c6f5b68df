#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the page of a sweep shows the matrix without a script; with its own,
#           rows can be filtered, and each cell and kernel leads to what stands
#           behind it: bytes that changed, events, logs; by the keyboard alone, on a
#           phone's width, and without a message on the browser's console. What is
#           in it is bounded, whatever the logs have.
# Refuted by: what tests/sweep/page-walk.js finds otherwise, a message, a link to a
#             file that is not there, a page that grows with the logs.
# Proof of coverage: the walk comes to its end, and a page whose script has a fault
#                    leaves a message on the console.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/browser.sh"
. "$srcdir/tests/lib/sweep.sh"
require_browser
require_prog jq
require_prog xmllint
plan 47

# page DIR - DIR/matrix.html.
page() {
	(cd "$1" && sweep-matrix html . >matrix.html) || true
}

sweep_six "$tmp/six"
findings-log "$tmp/six/fourth" 40 6
sed -i 's/^/{"event":"mark","path":"\/t","text":"one more line"}\n/' \
	"$tmp/six/fourth/events.jsonl"
jq '.files.events = "events.jsonl" | .files.evidence = "evidence" |
	(.results[] | select(.scenario == "pwrite@writeback") | .files) =
	["/tmp/pinctl/source/t"]' "$tmp/six/fourth/result.json" >"$tmp/changed"
mv "$tmp/changed" "$tmp/six/fourth/result.json"
page "$tmp/six"
is "$(xmllint --html --xpath 'count(//table[@id="cells"]//tr/td/a)' \
	"$tmp/six/matrix.html" 2>/dev/null)" 48 "without a script each cell is there"
is "$(xmllint --html --xpath 'string(//h1)' "$tmp/six/matrix.html" 2>/dev/null)" \
	'6 kernels, 8 scenarios' "and a summary"

browse "$tmp/six/matrix.html" >"$tmp/seen"
is "$(cat "$tmp/console")" '' "nothing is said on the console"
unlike "$(grep -o '<p class="tools"[^>]*>' "$tmp/seen")" hidden \
	"the page's own script has run"
sed 's/^start();/start(); nothing();/' "$tmp/six/matrix.html" >"$tmp/six/fault.html"
browse "$tmp/six/fault.html" >"$tmp/seen"
like "$(cat "$tmp/console")" 'CONSOLE' "a script that was changed is refused there"

walk_page "$tmp/six/matrix.html" "$srcdir/tests/sweep/page-walk.js"

# Links lead to files, also from a page elsewhere.
mkdir "$tmp/six/pages"
(cd "$tmp/six/pages" && sweep-matrix html .. >page.html) || true
links=$(grep -o '"href":"[^"]*"' "$tmp/six/pages/page.html" | cut -d'"' -f4 | sort -u)
is "$(wc -l <<<"$links")" 14 "files of every kernel are linked"
missing=$(cd "$tmp/six/pages" && while read -r link; do
	[ -e "$link" ] || echo "$link"
done <<<"$links")
is "$missing" '' "and are there"

# Bounded.
size=$(stat -c %s "$tmp/six/matrix.html")
for _ in {1..3000}; do
	cat "$tmp/six/third/console.log"
done >"$tmp/long"
for kernel in "$tmp"/six/*/result.json; do
	head -c 1M /dev/zero | tr '\0' x >>"${kernel%/*}/console.log"
	cat "$tmp/long" >>"${kernel%/*}/console.log"
done
for _ in {1..50}; do
	cat "$tmp/six/fourth/events.jsonl"
done >"$tmp/events"
mv "$tmp/events" "$tmp/six/fourth/events.jsonl"
page "$tmp/six"
ok "logs of megabytes make the page by no more than 300 KiB larger" \
	test "$(stat -c %s "$tmp/six/matrix.html")" -lt $((size + 300 * 1024))
