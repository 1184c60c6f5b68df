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
is "$(awk 'NR > 1 { print $1 }' "$tmp/table" | tr '\n' ' ')" \
	'report rewrite fail zerocopy ' "all policies are there"
is "$(awk 'NR > 1 { $1 = ""; print }' "$tmp/table" | sort -u | wc -l)" 4 \
	"no two are alike"
manual_section "$man/pinfs.8" POLICIES |
	sed -n '/^\.nf/,/^\.fi/{/^\./!p}' >"$tmp/in-page"
ok "the table of the page is what was printed" \
	diff "$tmp/in-page" "$tmp/table"
status=0
pinctl policies report 2>/dev/null || status=$?
is "$status" 2 "it takes no arguments"
