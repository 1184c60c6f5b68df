#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: of a page that changes under writeback each policy makes what
# pinfs(8) says: bytes in SOURCE, fsync(2), and what is read after a crash; and
# the manual's table is the one that pinctl prints.
# Refuted by: a row that is marked, a status other than 0, another table in the
# page, or a policy= that changes nothing.
# Proof of coverage: the rows differ from each other; with the daemon kept from
# seeing the change (live=off would be SKIP) the command does not succeed.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/manual.sh"
require_fuse
plan 5

status=0
pinctl policies >"$tmp/table" 2>"$tmp/messages" || status=$?
on_failure cat "$tmp/table" "$tmp/messages"
if [ "$status" -eq 4 ]; then
	skip_all "$(tail -n 1 "$tmp/messages")"
fi
is "$status" 0 "every row is as it is expected"
rows=$(sed '1d; /^$/,$d' "$tmp/table")
is "$(awk '{ print $1 }' <<<"$rows" | tr '\n' ' ')" \
	'report rewrite fail zerocopy ' "all policies are there"
is "$(awk '{ $1 = ""; print }' <<<"$rows" | sort -u | wc -l)" 4 \
	"no two are alike"
manual_section "$man/pinfs.8" POLICIES |
	sed -n '/^\.nf/,/^\.fi/{/^\./!p}' | manual_text >"$tmp/in-page"
# Without root or loop devices there is no pins-only mount, and no second table.
if ! grep -q '^pins-only' "$tmp/table"; then
	sed -i '/^$/,$d' "$tmp/in-page"
fi
ok "the table of the page is what was printed" \
	diff "$tmp/in-page" "$tmp/table"
status=0
pinctl policies report 2>/dev/null || status=$?
is "$status" 2 "it takes no arguments"
