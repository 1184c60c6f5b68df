#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: threads that write, truncate, make holes, copy, read and sync a few
#           files at once see no mismatch, in each cache mode; nor is there one
#           after the daemon was killed among them.
# Refuted by: EIO, a "media" event, a block dropped for a mismatch.
# Proof of coverage: the number of calls, and of blocks that were verified.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
seconds=$(full 30 3)
plan 24

# The counters that must be 0.
faults() {
	echo $(($(counter media_blocks) + $(counter dropped_blocks) + \
		$(counter abandoned_files) + $(counter adopted_files)))
}

not_mounted() {
	! is_mounted "$mnt"
}

# has_written COUNT
has_written() {
	[ "$(counter writes)" -gt "$1" ]
}

for cache in none through writeback; do
	mount_pinfs "@$cache" -o "cache=$cache,threads=16"
	ok "$cache: no call fails" eval \
		"store-stress '$mnt' $seconds 12 7 >'$tmp/calls'"
	ok "$cache: many were made" test "$(cat "$tmp/calls")" -gt 1000
	ok "$cache: blocks were verified" test "$(counter verified_blocks)" -gt 500
	is "$(faults)" 0 "$cache: nothing was wrong"

	store-stress "$mnt" 60 12 8 >/dev/null 2>&1 &
	wait_for has_written $(($(counter writes) + 500))
	kill_pinfs "@$cache"
	wait $! || true
	wait_for not_mounted
	mount_pinfs "@$cache" -o cache=none
	ok "$cache: all can be read after a kill" eval \
		"cat '$mnt/stress0' '$mnt/stress1' '$mnt/stress2' >/dev/null"
	ok "$cache: and was verified" test "$(counter verified_blocks)" -gt 50
	is "$(faults)" 0 "$cache: nothing is wrong"
	ok "$cache: unmounted" umount_pinfs "@$cache"
done
