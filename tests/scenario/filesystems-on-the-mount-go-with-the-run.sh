#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the loop devices and filesystems that scenarios make on a mount go
#           with the run: when it ends, by SIGINT, by SIGKILL, with a READ held
#           as much as with a mkfs that waits for the mount.
# Refuted by: a device whose image is on the mount, a process of the run, a file;
#             a mount that is still used.
# Proof of coverage: at the moment of each signal there are such devices, and a
#                    request of theirs is held.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_loop
require_prog jq mkfs.ext4
require_filesystem ext4
plan 21
mount_pinfs

# Those that this machine can make.
kinds=(bdev ext4)
for kind in xfs btrfs; do
	! command -v "mkfs.$kind" >/dev/null ||
		! grep -qw "$kind" /proc/filesystems || kinds+=("$kind")
done
scenarios=("${kinds[@]/%/@writeback}")
scenarios=("${scenarios[@]/#/dio-}")

devices() {
	grep -lsF "$mnt/" /sys/block/loop*/loop/backing_file || true
}
some_devices() {
	[ "$(devices | wc -l)" = "$1" ]
}
# processes - what is below the run. Reads no memory of theirs.
processes() {
	local file line
	for file in /proc/[0-9]*/status; do
		line=$(grep -sx "PPid:[[:space:]]$pid" "$file") || continue
		file=${file%/status}
		echo "${file#/proc/}"
	done
}
left() {
	local number
	devices
	find "$src" -name "pinctl-*"
	for number in $children; do
		process_gone "$number" || echo "process $number"
	done
}
nothing_left() {
	[ -z "$(left)" ]
}
# holds NAME - a gate of ours; the run has others.
holds() {
	[ "$(gate list | jq --arg name "$1" '.gates[] |
		select(.name == $name) | .held')" = 1 ]
}
# start OPTION... - SIGINT is not ignored in it, as it would be in a job of a
# shell without job control.
start() {
	env --default-signal=INT pinctl run --mnt="$mnt" "$@" >"$tmp/out" 2>&1 &
	pid=$!
	undo_with end "$pid"
}
end() {
	kill -9 "$1" 2>/dev/null || true
}
ended_by() {
	local status=0
	kill -s "$1" "$pid"
	wait "$pid" || status=$?
	is "$status" $((128 + $(kill -l "$1"))) "$2: the status says so"
}

children=''
ok "a run on ${kinds[*]}" \
	timeout 100 pinctl run --mnt="$mnt" "${scenarios[@]}"
is "$(left)" '' "nothing is left of it"

# A gate of ours that comes before those of the run: the READ stays held when
# the run has gone.
for signal in INT KILL; do
	start --shuffle --repeat=20000 "${scenarios[@]}"
	wait_for some_devices "${#kinds[@]}"
	pass "$signal: there are ${#kinds[@]} devices"
	gate hold op=read path='?ino *' count=1 deadline=25s name=late >&2
	wait_for holds late
	pass "$signal: a READ of an image is held"
	children=$(processes)
	is "$(wc -w <<<"$children")" $((${#kinds[@]} + 2)) \
		"$signal: two clients, and a process a device"
	ended_by "$signal" "$signal with a READ held"
	gate clear name=late >&2
	# The trial's files, which nobody is left to remove.
	[ "$signal" != KILL ] || rm -f "$src"/pinctl-*
	wait_for nothing_left
	is "$(left)" '' "$signal: nothing is left"
done

for signal in INT KILL; do
	gate hold op=write path='?ino *' count=1 deadline=25s name=mkfs >&2
	start dio-ext4@writeback
	wait_for holds mkfs
	ok "$signal: mkfs waits for the mount" some_devices 1
	children=$(processes)
	ended_by "$signal" "$signal in the middle of mkfs"
	gate clear name=mkfs >&2
	wait_for nothing_left
	is "$(left)" '' "$signal in the middle of mkfs: nothing is left"
done

is "$(gate status | jq -c '[.gates, .held]')" '[0,0]' "no gate is left"
ok "the mount can be unmounted" umount_pinfs
is "$(devices)" '' "and no device comes back"
