#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a shape in words has the verdicts of the same one by its name, and
#           those that are known; the fewest bytes are enough to tell old from new.
# Refuted by: another verdict, a deviation, a shape of which nothing can be told.
# Proof of coverage: the verdicts that are compared are of more than 50 scenarios,
#                    and not all the same.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 7
export TMPDIR=$tmp

# run FILE SHAPE - exit status 0, "SCENARIO VERDICT" without shapes to FILE.
run() {
	ok "--shape=$2: all as known" eval \
		"timeout 100 pinctl run --json --shape='$2' >'$1.json'"
	jq -r 'select(.scenario) |
		[(.scenario | sub("[+].*"; "")), .verdict] | @tsv' \
		"$1.json" >"$1"
}

run "$tmp/name" beyond
run "$tmp/words" pages=1,place=beyond
ok "both have the same verdicts" cmp -s "$tmp/name" "$tmp/words"
ok "there are many" test "$(wc -l <"$tmp/words")" -gt 50
like "$(cut -f2 "$tmp/words" | sort -u | paste -sd' ')" 'REFUSED.*STABLE' \
	"of several kinds"
run "$tmp/least" pages=2,skip=4090,len=8
exits 2 "less than that is refused" pinctl run --shape=len=7
