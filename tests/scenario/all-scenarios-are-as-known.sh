#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run" runs every scenario of "pinctl list @default", all are
#           as known, and it exits 0; so it does where nothing can be seen
#           (live=off), and where write(2) sends its WRITE at once (cache=through).
#           As root, with io_uring and loop devices, fewer than one in ten are
#           skipped, and of those that need nothing special none.
# Refuted by: a deviation, a scenario that did not run, a verdict that could not
#             be told.
# Proof of coverage: the names are those of the list; with live=off the verdicts
#                    are others, so the known ones were looked up for the mount.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 13
export TMPDIR=$tmp

pinctl list @default | awk '$1 ~ /@/ { print $1 }' | sort >"$tmp/names"
ok "there are scenarios" test -s "$tmp/names"

# as_known DESCRIPTION NAME OPTION... - three checks; the results stay in
# $tmp/NAME.json.
as_known() {
	local description=$1 file=$tmp/$2.json
	shift 2
	ok "$description: exit status 0" \
		eval "timeout 100 pinctl run --json $* >'$file'"
	is "$(jq -r 'select(.scenario) | .scenario' "$file" | sort)" \
		"$(<"$tmp/names")" "$description: every scenario ran"
	is "$(jq -r 'select(.scenario) | select(.outcome != "skipped") |
		.outcome' "$file" | sort -u)" \
		as_known "$description: all as known"
}

as_known "default options" default
as_known "no live view" hidden -o live=off
as_known "write-through" through -o cache=through

skipped=$(jq -r 'select(.outcome == "skipped") | .scenario' "$tmp/default.json")
is "$(grep -E '^(store|copy-to-user|pwrite|splice-in|sendfile-in|copy-range-in|dio-read|dio-readv2|notify-store|vmsplice-late|splice-out-late|dio-write-late|dio-write-held)@(writeback|after-writeback|writeback-first|during-then-again|through|dontneed|pageout|truncate|punch|invalidate|reopen|direct-write|munmap|close|exit|kill)$' \
	<<<"$skipped")" '' "what needs only the mount is not skipped"
if [ "$(id -u)" = 0 ] && [ -e /dev/loop-control ] &&
	! grep -q '^uring-read@writeback$' <<<"$skipped"; then
	ok "fewer than one in ten are skipped" test \
		$(($(grep -c . <<<"$skipped") * 10)) -lt "$(wc -l <"$tmp/names")"
else
	skip 1 "not root, no loop devices or no io_uring"
fi

# On kernels that show copies the two are the same.
verdicts() {
	jq -c 'select(.scenario) | [.scenario, .verdict]' "$1"
}
if pinctl doctor >&2; then
	not_ok "without a live view verdicts are others" \
		cmp -s <(verdicts "$tmp/default.json") \
		<(verdicts "$tmp/hidden.json")
else
	skip 1 "a change cannot be seen here anyway"
fi
