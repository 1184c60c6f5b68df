#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when pinctl or the daemon is killed while a filesystem on the mount
#           waits for a WRITE that is not received, nothing of it stays: the mount
#           receives again, or is gone, and so is the filesystem's loop device.
# Refuted by: a mount that stays paused, a device, a mount that cannot be unmounted.
# Proof of coverage: pinctl is stopped at that moment: the daemon says that it is
#                    paused and that requests wait.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_loop
require_prog jq mkfs.ext4
require_filesystem ext4
plan 11

devices() {
	grep -lsF "$mnt/" /sys/block/loop*/loop/backing_file || true
}
no_device() {
	[ -z "$(devices)" ]
}
waits() {
	[ "$(control status | jq '.paused and .queued > 0')" = true ]
}
receives() {
	[ "$(control status | jq '.paused or .queued > 0')" = false ]
}
# start - and stop it while the mount is paused: fsync is the first that waits.
start() {
	local line
	mkfifo "$tmp/steps"
	env --default-signal=INT pinctl run --verbose --repeat=20000 \
		--mnt="$mnt" none@writeback:stage:ext4 \
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

mount_pinfs
for signal in INT KILL; do
	start
	ok "$signal: a request waits that is not received" waits
	not_ok "$signal: there is a device" no_device
	kill -s "$signal" "$pid"
	kill -CONT "$pid" 2>/dev/null || true
	wait "$pid" || true
	ok "$signal: the mount receives again" wait_for receives
	ok "$signal: the device goes" wait_for no_device
	exec 5<&-
	rm -f "$src"/pinctl-*
done

start
ok "the daemon: a request waits that is not received" waits
kill_pinfs
kill -CONT "$pid"
wait "$pid" || true
ok "the device goes with the daemon" wait_for no_device
exec 5<&-
unmount_lazily "$mnt"
ok "and nothing keeps the mount" wait_for eval '! is_mounted "$mnt"'
