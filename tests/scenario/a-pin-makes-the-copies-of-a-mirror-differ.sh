#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: bytes that a pin brings after one copy of a page has been written, and
#           before the other has, make the two copies of btrfs RAID1 differ by the
#           time that fsync(2) has returned, every time. Without a pinned write
#           both have what fsync(2) began with; a store waits for both.
# Refuted by: a run that ends otherwise; copies that differ in the control.
# Proof of coverage: what was seen of the copies is counted for every run. That the
#                    places looked at are the file's is part of the runs: one copy
#                    has the page's bytes at the place that FS_IOC_FIEMAP and the
#                    chunk tree say later; and these are other places on each.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_loop
require_prog jq mkfs.btrfs
require_filesystem btrfs
plan 9
mount_pinfs
times=$(full 50 3)

# attack WRITER VERDICT - that many times; what was seen of the copies to $tmp/left.
attack() {
	timeout 400 pinctl run --mnt="$mnt" --verbose --json --repeat="$times" \
		"$1@writeback:stage:btrfs-raid1" >"$tmp/out" 2>"$tmp/steps" ||
		return
	sed -n 's/^# left: //p' "$tmp/steps" >"$tmp/left"
	jq -e -s --argjson n "$times" --arg verdict "$2" '[.[] |
		select(.scenario) | .verdicts] == [{($verdict): $n}]' \
		"$tmp/out" >&2
}
# seen TEXT - how often have the copies been just that?
seen() {
	grep -c -x -F "$1" "$tmp/left" || true
}
# places DEVICE - where the step "stripe" has found blocks on it.
places() {
	grep -A1 "stripe fd=t .* device=$1\$" "$tmp/steps" |
		sed -n 's/.* stripe ok ret=\([0-9]*\) .*/\1/p' | sort -u
}
devices() {
	grep -lsF "$mnt/" /sys/block/loop*/loop/backing_file || true
}

both='both copies have the old bytes'
ok "a pin: UNSTABLE $times times" attack dio-read UNSTABLE
is "$(seen 'the two copies differ: one has the old bytes, one the later')" \
	"$times" "each time one copy has the old bytes, one the later"
ok "on both devices there are places" \
	test -n "$(places 1)" -a -n "$(places 2)"
is "$(comm -12 <(places 1) <(places 2))" '' "which are not the same"
ok "nobody writes: STABLE $times times" attack none STABLE
is "$(seen "$both")" "$times" "both copies have the same"
ok "a store: BLOCKED $times times" attack store BLOCKED
is "$(seen "$both")" "$times" "both copies have the same"
is "$(devices)" '' "no device is left"
