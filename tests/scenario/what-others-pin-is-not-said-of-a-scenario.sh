#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: while other programs pin and unpin memory, a scenario is said to have
#           as many pages pinned as it has, or nothing is said of them.
# Refuted by: a note with another number of pages.
# Proof of coverage: the counters say that the others pinned more pages than the
#                    scenarios meanwhile, and numbers are said at all.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
[ -w /proc/sys/vm/stat_refresh ] || skip_all "the counters are for root"
mkdir "$tmp/runs"
export TMPDIR=$tmp/runs
others=()

stop_others() {
	kill "${others[@]}" 2>/dev/null || true
	wait "${others[@]}" 2>/dev/null || true
}
# acquired - pins since boot, of anybody.
acquired() {
	echo 1 >/proc/sys/vm/stat_refresh
	awk '/^nr_foll_pin_acquired / { print $2 }' /proc/vmstat
}

pinned_more_than() {
	[ "$(acquired)" -gt "$1" ]
}

before=$(acquired)
[ -n "$before" ] || skip_all "this kernel does not count pins"
plan 5
undo_with stop_others
for shape in pages crossing; do
	timeout 100 pinctl run --shape="$shape" --repeat=100000 \
		'*-read@fork:anon' >/dev/null 2>&1 &
	others+=($!)
done
ok "others pin" wait_for -t 20 pinned_more_than $((before + 100))

before=$(acquired)
ok "scenarios of one page run" eval "timeout 100 pinctl run --json --repeat=2 \
	'*-read@*' 'vm-writev@*' >'$tmp/out'"
after=$(acquired)

runs=$(jq -s '[.[] | select(.scenario) | .runs] | add' "$tmp/out")
ok "others have pinned more than them" test $((after - before)) -gt $((2 * runs))
said=$(jq -r 'select(.scenario) | .note' "$tmp/out" |
	grep -o '[0-9]* pages\? pinned' | sort | uniq -c)
like "$said" '1 page pinned' "that a page is pinned is said"
is "$(grep -v ' 1 page pinned' <<<"$said" || true)" '' \
	"no other number is said"
