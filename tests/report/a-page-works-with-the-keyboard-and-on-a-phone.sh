#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the page of "pinctl report --html" can be used with the keyboard
#           alone and on a phone's width: the list, its filters and order, the
#           bytes of a finding with their differences, its timeline to scale, light
#           and dark; without a script the summary and the list are there.
# Refuted by: what tests/report/walk.js finds otherwise, a message on the browser's
#             console.
# Proof of coverage: the walk comes to its end, and a page whose script has a fault
#                    leaves a message on the console.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/browser.sh"
require_browser
require_prog xmllint
plan 63

findings-log "$tmp" 500 6
ok "the page is written" pinctl report --html="$tmp/page.html" "$tmp/events.jsonl"

browse "$tmp/page.html" >"$tmp/seen.html"
is "$(cat "$tmp/console")" '' "nothing is said on the console"
unlike "$(grep -o '<p class="tools"[^>]*>' "$tmp/seen.html")" hidden \
	"the page's own script has run"
sed 's/^listStart();/&/; s/^start();/start(); nothing();/' "$tmp/page.html" \
	>"$tmp/fault.html"
browse "$tmp/fault.html" >"$tmp/fault.seen"
like "$(cat "$tmp/console")" 'CONSOLE' "a script that was changed is refused there"

walk_page "$tmp/page.html" "$srcdir/tests/report/walk.js"

# The same without the script.
is "$(xmllint --html --xpath 'count(//tbody/tr[td[@class="class"]])' \
	"$tmp/page.html" 2>/dev/null)" 200 "without a script there is a list"
like "$(xmllint --html --xpath 'string(//h1)' "$tmp/page.html" 2>/dev/null)" \
	'500 findings' "and a summary"
