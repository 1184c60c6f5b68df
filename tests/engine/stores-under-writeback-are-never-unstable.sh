#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: store@writeback, 200 times (20 in the short form): the CPU's store
#           waits until writeback has ended, and there is no "unstable" event in
#           any log.
# Refuted by: one event, or a run that is not BLOCKED.
# Proof of coverage: all runs are on a mount whose log is read, and the same log
#                    has the event of a dio-read@writeback afterwards.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
runs=$(full 200 20)
plan 5
mount_pinfs

ok "store@writeback, $runs times" pinctl run --strict --mnt="$mnt" \
	--repeat="$runs" store@writeback
is "$(event_count '.event == "unstable"')" 0 "no event"
is "$(counter unstable_blocks)" 0 "nor one that was only counted"
ok "each run had its WRITE looked at" \
	test "$(counter live_writes)" -ge "$runs"

pinctl run --mnt="$mnt" dio-read@writeback >&2
is "$(event_count '.event == "unstable"')" 1 \
	"an event would be in this log"
