#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when pinctl or the daemon is killed while a filesystem on the mount
#           waits for a WRITE that is not received, nothing of it stays: the mount
#           receives again, or is gone, and so are the filesystem's loop devices.
#           The same when one of two devices is kept from writing.
# Refuted by: a mount that stays paused, or holds something; a device, a mount that
#             cannot be unmounted.
# Proof of coverage: pinctl is stopped at that moment: the daemon says that it is
#                    paused and that requests wait, or that it holds one.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_loop
require_prog jq mkfs.ext4
require_filesystem ext4
plan 22

devices() {
	grep -lsF "$mnt/" /sys/block/loop*/loop/backing_file || true
}
kinds=(ext4)
if command -v mkfs.btrfs >/dev/null && grep -qw btrfs /proc/filesystems; then
	kinds+=(btrfs-raid1)
fi

no_device() {
	[ -z "$(devices)" ]
}
waits() {
	[ "$(control status | jq '(.paused and .queued > 0) or .held > 0')" = true ]
}
receives() {
	[ "$(control status | jq '.paused or .held > 0 or .queued > 0')" = false ]
}
# start KIND - and stop it while the mount is paused: fsync is the first that
#              waits; or after fsync has started with one device that is stopped.
start() {
	local line
	mkfifo "$tmp/steps"
	env --default-signal=INT pinctl run --verbose --repeat=20000 \
		--mnt="$mnt" "none@writeback:stage:$1" \
		>"$tmp/out" 2>"$tmp/steps" &
	pid=$!
	undo_with end "$pid"
	exec 5<"$tmp/steps"
	rm "$tmp/steps"
	while read -r line <&5; do
		[[ $line == *" fsync started "* ]] || continue
		kill -STOP "$pid"
		! wait_for -t 1 waits || return 0
		kill -CONT "$pid"
	done
}
end() {
	kill -9 "$1" 2>/dev/null || true
}

for kind in "${kinds[@]}"; do
	mount_pinfs
	for signal in INT KILL; do
		start "$kind"
		ok "$kind, $signal: a request waits that is not received" waits
		not_ok "$kind, $signal: there is a device" no_device
		kill -s "$signal" "$pid"
		kill -CONT "$pid" 2>/dev/null || true
		wait "$pid" || true
		ok "$kind, $signal: the mount receives again" wait_for receives
		ok "$kind, $signal: the device goes" wait_for no_device
		exec 5<&-
		rm -f "$src"/pinctl-*
	done

	start "$kind"
	ok "$kind, the daemon: a request waits that is not received" waits
	kill_pinfs
	kill -CONT "$pid"
	wait "$pid" || true
	ok "$kind: the device goes with the daemon" wait_for no_device
	exec 5<&-
	unmount_lazily "$mnt"
	ok "$kind: and nothing keeps the mount" \
		wait_for eval '! is_mounted "$mnt"'
done
[ ${#kinds[@]} = 2 ] || skip 11 "btrfs cannot be made here"
