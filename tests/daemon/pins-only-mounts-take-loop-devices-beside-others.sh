#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pins-only mounts that are made at once, while another program takes
#           loop devices and gives them back, all come up, each on a device of
#           its own; afterwards all are free.
# Refuted by: a start that fails, two mounts with one device, a device that
#             stays attached.
# Proof of coverage: the other program did take devices, more than one mount was
#                    up at once.
. "$srcdir/tests/lib/pinfs.sh"
require_stable_writes
require_fuse
require_prog findmnt
plan 5
mounts=6
truncate -s 64k "$tmp/image"

while [ ! -e "$tmp/enough" ]; do
	device=$(losetup -f --show "$tmp/image" 2>/dev/null) || continue
	losetup -d "$device"
	echo "$device" >>"$tmp/taken"
done &
other=$!
stop_other() {
	touch "$tmp/enough"
}
undo_with stop_other

unmount_all() {
	local i
	for ((i = 0; i < mounts; i++)); do
		! is_mounted "$tmp/mnt$i" || umount "$tmp/mnt$i" || return
	done
}
undo_with unmount_all
starts=()
for ((i = 0; i < mounts; i++)); do
	mkdir "$tmp/src$i" "$tmp/mnt$i"
	timeout 60 pinfs "$tmp/src$i" "$tmp/mnt$i" -o pins-only >&2 &
	starts+=($!)
done
failed=0
for pid in "${starts[@]}"; do
	wait "$pid" || failed=$((failed + 1))
done
is "$failed" 0 "$mounts mounts are made at once"
stop_other
wait "$other"
ok "while devices were taken" test -s "$tmp/taken"

findmnt -rn -t fuseblk.pinfs -o TARGET,SOURCE | grep "^$tmp/" |
	cut -d ' ' -f 2 | sort -u >"$tmp/devices"
is "$(wc -l <"$tmp/devices")" "$mounts" "each has a device of its own"
ok "all are unmounted" unmount_all
free() {
	local device
	while read -r device; do
		! grep -qsF ":$tmp/" \
			"/sys/block/${device#/dev/}/loop/backing_file" || return
	done <"$tmp/devices"
}
ok "all devices are free" wait_for free
