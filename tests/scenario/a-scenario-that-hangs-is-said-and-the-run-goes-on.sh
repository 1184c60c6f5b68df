#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the daemon stops answering, the scenario is HUNG, its mount is
#           aborted, and the run goes on with a new mount to its end; status 1.
#           On a given mount, which cannot be made anew, the rest is not run.
# Refuted by: a run that hangs or ends early; another status; a mount left.
# Proof of coverage: the daemon is stopped by SIGSTOP in the middle of a run; a
#                    foreign gate holds every WRITE of the given mount, for which
#                    no kill ends the wait.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_fusectl
require_prog jq
plan 11
mkdir "$tmp/runs"

find_mount() {
	point=$(awk -v dir="$tmp/runs/" 'index($5, dir) == 1 { print $5 }' \
		/proc/self/mountinfo)
	[ -n "$point" ]
}
# end PID - if it is still there.
end() {
	kill -9 "$1" 2>/dev/null || true
}
busy() {
	[ "$(pinctl gate "$1" status | jq '.counters.holds')" -gt 2 ]
}

TMPDIR=$tmp/runs timeout 100 pinctl run --json --timeout=1s --repeat=300 \
	store@writeback pwrite@writeback >"$tmp/out" 2>"$tmp/err" &
pid=$!
wait_for find_mount
wait_for busy "$point"
daemon=$(pinctl gate "$point" status | jq .pid)
kill -STOP "$daemon"
undo_with end "$daemon"
status=0
wait "$pid" || status=$?
cat "$tmp/out" "$tmp/err" >&2
is "$status" 1 "a hang fails the run"
is "$(jq -c 'select(.scenario == "store@writeback") | .verdicts' "$tmp/out")" \
	'{"BLOCKED":299,"HUNG":1}' "one run was HUNG, the others went on"
is "$(jq -r 'select(.scenario == "pwrite@writeback") | .outcome' "$tmp/out")" \
	as_known "so did the next scenario"
is "$(find "$tmp/runs" -mindepth 1)" '' "no directory is left"
is "$(grep -cF "$tmp/runs" /proc/self/mountinfo || true)" 0 "no mount is left"
ok "the stopped daemon is gone" process_gone "$daemon"

mount_pinfs
gate hold op=write deadline=25s >&2
status=0
timeout 60 pinctl run --json --timeout=500ms --mnt="$mnt" store@writeback \
	pwrite@writeback >"$tmp/out" 2>"$tmp/err" || status=$?
cat "$tmp/out" "$tmp/err" >&2
is "$status" 1 "a given mount: a hang fails the run"
is "$(jq -r 'select(.scenario) | .verdict' "$tmp/out" | xargs)" 'HUNG ERROR' \
	"the first is HUNG, the second cannot be run"
like "$(<"$tmp/err")" "'$mnt' was aborted" "it says that it aborted the mount"
ok "the mount point is free" eval '! is_mounted "$mnt"'
is "$(find "$src" -name 'pinctl-*')" '' "no file of the run is left"
