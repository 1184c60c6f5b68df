#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: dio-read@writeback 500 times (50 in the short form) has one verdict,
#           counted 500 times; so has every scenario a tenth as often.
# Refuted by: a second verdict, a count that is not the number of runs.
# Proof of coverage: the daemon of a given mount has counted that many requests
#                    that were held, and as many unstable blocks as the verdict
#                    says.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
runs=$(full 500 50)
plan 7
mount_pinfs

ok "$runs times" eval "timeout 100 pinctl run --json --mnt='$mnt' \
	--repeat=$runs dio-read@writeback >'$tmp/many'"
verdict=$(jq -r 'select(.scenario) | .verdict' "$tmp/many")
is "$(jq -c 'select(.scenario) | .verdicts' "$tmp/many")" \
	"{\"$verdict\":$runs}" "one verdict, $runs times"
is "$(counter holds)" $((2 * runs)) "each held a READ and a WRITE"
unstable=0
[ "$verdict" != UNSTABLE ] || unstable=$runs
is "$(counter unstable_blocks)" "$unstable" "each changed one block"
is "$(find "$src" -type f -not -path '*/.pinfs/*')" '' "no file is left"

ok "all scenarios" eval "timeout 100 pinctl run --json --mnt='$mnt' \
	--repeat=$((runs / 10)) >'$tmp/all'"
is "$(jq -c 'select(.scenario) | select(.outcome != "skipped") |
	[.verdicts[]]' "$tmp/all" | sort -u)" \
	"[$((runs / 10))]" "each has one verdict"
