#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a run that is ended by SIGINT, SIGTERM, SIGHUP or SIGKILL leaves no
#           mount, no directory, no process and no file on a given mount; with
#           the first three when it has ended.
# Refuted by: anything left; a status that is not the signal's.
# Proof of coverage: before the signal there was a mount below TMPDIR, and a run
#                    that had held requests.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 23
mkdir "$tmp/runs"

# what is there of a run: directory, mount, daemon, guard
left() {
	local number
	find "$tmp/runs" -mindepth 1
	grep -F "$tmp/runs" /proc/self/mountinfo || true
	for number in "$daemon" "$guard"; do
		process_gone "$number" || echo "process $number"
	done
}

# The temporary mount of the run in the background.
find_mount() {
	point=$(awk -v dir="$tmp/runs/" 'index($5, dir) == 1 { print $5 }' \
		/proc/self/mountinfo)
	[ -n "$point" ]
}

busy() {
	[ "$(pinctl gate "$1" status | jq '.counters.holds')" -gt 2 ]
}

# start OPTION... - an endless run; SIGINT is not ignored in it, as it would be
# in a job of a shell without job control.
start() {
	TMPDIR=$tmp/runs env --default-signal=INT pinctl run \
		--repeat=1000000 "$@" store@writeback dio-read@writeback \
		>"$tmp/out" 2>&1 &
	pid=$!
	undo_with end "$pid"
}

# end PID - if it is still there.
end() {
	kill -9 "$1" 2>/dev/null || true
}

nothing_left() {
	[ -z "$(left)" ]
}

for signal in INT TERM HUP KILL; do
	start
	wait_for find_mount
	wait_for busy "$point"
	ok "$signal: there is a mount, and it is used" is_mounted "$point"
	daemon=$(pinctl gate "$point" status | jq .pid)
	guard=$(awk '/^PPid:/ { print $2 }' "/proc/$daemon/status")
	is "$(<"/proc/$guard/comm")" pinctl-guard "$signal: and it is guarded"
	kill -s "$signal" "$pid"
	status=0
	wait "$pid" || status=$?
	is "$status" $((128 + $(kill -l "$signal"))) "$signal: the status says so"
	[ "$signal" != KILL ] || wait_for -t 20 nothing_left
	is "$(left)" '' "$signal: nothing is left"
done

mount_pinfs
no_gate() {
	[ "$(control status | jq .gates)" = 0 ]
}
for signal in INT TERM; do
	start --mnt="$mnt"
	wait_for busy "$mnt"
	kill -s "$signal" "$pid"
	status=0
	wait "$pid" || status=$?
	is "$status" $((128 + $(kill -l "$signal"))) \
		"$signal on a given mount: the status says so"
	is "$(find "$src" -name 'pinctl-*')" '' "$signal: its files are gone"
	wait_for no_gate
	is "$(control status | jq -c '[.gates, .held]')" '[0,0]' \
		"$signal: its gates are gone, nothing is held"
done
ok "the mount can be unmounted" umount_pinfs
