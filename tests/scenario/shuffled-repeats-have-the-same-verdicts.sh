#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the default set, 100 times (10 in the short form) in an order by
#           chance, gives each scenario one verdict; the pin counters balance at
#           the end, and nothing is left.
# Refuted by: a second verdict of a scenario, a page that stays pinned, a mount, a
#             directory or a process.
# Proof of coverage: each run is counted; the order is another one than that of the
#                    list; the counters have moved.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
runs=$(full 100 10)
plan 7
export TMPDIR=$tmp/run
mkdir "$TMPDIR"

# pins - acquired and released since boot, exact for root.
pins() {
	if [ "$(id -u)" = 0 ]; then
		echo 1 >/proc/sys/vm/stat_refresh
	fi
	awk '/^nr_foll_pin_acquired/ { a = $2 } /^nr_foll_pin_released/ { r = $2 }
		END { print a, r }' /proc/vmstat
}
balanced() {
	read -r acquired released <<<"$(pins)"
	[ $((acquired - released)) -le "$balance" ]
}
read -r acquired released <<<"$(pins)"
balance=$((acquired - released)) before=$acquired

exits 0 "$runs shuffled repeats are as known" eval \
	"timeout 1500 pinctl run --json --shuffle --repeat=$runs >'$tmp/out'"
is "$(jq -c 'select(.scenario) | select(.outcome != "skipped") |
	select((.verdicts | length) != 1) |
	[.scenario, .verdicts, .note]' "$tmp/out")" '' \
	"each scenario has one verdict"
is "$(jq -c 'select(.scenario) | select(.outcome != "skipped") |
	.runs' "$tmp/out" | sort -u)" "$runs" "each has run as often"
not_ok "in an order of its own" cmp -s \
	<(jq -r 'select(.scenario) | .scenario' "$tmp/out") \
	<(pinctl list @default | awk 'NR > 1 { print $1 }')
ok "the pin counters balance" wait_for balanced
read -r acquired released <<<"$(pins)"
if [ -n "$acquired" ]; then
	ok "and have moved" test "$acquired" -gt "$before"
else
	skip 1 "this kernel does not count pins"
fi
is "$(find "$TMPDIR" -mindepth 1)" '' "nothing is left"
