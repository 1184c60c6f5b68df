#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a filesystem that a scenario has frozen is thawed when pinctl ends, by
#           SIGINT or by SIGKILL, and after the time of a step when pinctl does
#           not go on.
# Refuted by: a process that still keeps it frozen; its loop device, which it would
#             keep for ever.
# Proof of coverage: pinctl has been stopped at that moment, and a process that keeps
#                    something frozen is there.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_loop
require_prog jq mkfs.ext4
require_filesystem ext4
plan 12
mount_pinfs

devices() {
	grep -lsF "$mnt/" /sys/block/loop*/loop/backing_file || true
}
# freezers - the processes that keep something frozen, others' too.
freezers() {
	local dir
	for dir in /proc/[0-9]*; do
		[ "$(cat "$dir/comm" 2>/dev/null)" = pinctl-freeze ] || continue
		grep -q '^State:[[:space:]]*Z' "$dir/status" 2>/dev/null ||
			echo "${dir#/proc/}"
	done
}
ours_is_there() {
	[ -n "$(comm -13 <(sort <<<"$before") <(freezers | sort))" ]
}
ours_is_gone() {
	! ours_is_there
}
no_device() {
	[ -z "$(devices)" ]
}
# start OPTION... - and stop it while the filesystem is frozen. What it says of its
# steps comes by a pipe, so that it is at most a few lines ahead.
start() {
	local line
	before=$(freezers)
	mkfifo "$tmp/steps"
	env --default-signal=INT pinctl run --verbose --repeat=20000 \
		--mnt="$mnt" "$@" store@freeze:stage:ext4 \
		>"$tmp/out" 2>"$tmp/steps" &
	pid=$!
	undo_with end "$pid"
	exec 5<"$tmp/steps"
	rm "$tmp/steps"
	while read -r line <&5; do
		[[ $line == *" freeze ok "* ]] || continue
		kill -STOP "$pid"
		! ours_is_there || return 0
		kill -CONT "$pid"
	done
}
end() {
	kill -9 "$1" 2>/dev/null || true
}

ok "with nothing in the way it is as known" timeout 60 \
	pinctl run --mnt="$mnt" dio-read@freeze:stage:ext4
ok "and leaves no device" wait_for no_device

for signal in INT KILL; do
	start
	ok "$signal: the filesystem is frozen" ours_is_there
	kill -s "$signal" "$pid"
	kill -CONT "$pid" 2>/dev/null || true
	wait "$pid" || true
	ok "$signal: it is thawed" wait_for ours_is_gone
	ok "$signal: its device goes" wait_for no_device
	exec 5<&-
	rm -f "$src"/pinctl-*
done

start --timeout=2s
ok "while pinctl stands still the filesystem is frozen" ours_is_there
ok "it is thawed when the time of a step is over" wait_for ours_is_gone
kill -9 "$pid"
wait "$pid" || true
ok "its device goes" wait_for no_device
rm -f "$src"/pinctl-*
ok "the mount can be unmounted" umount_pinfs
