#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: SIGTERM ends a mount that many programs use in all ways, with requests
#           held at both gates, and others that wait while it is paused: all
#           programs come back, and the daemon ends with status 0. Where a program
#           keeps the mount busy and does nothing, a second SIGTERM ends it at
#           once, with status 1 and a line that says so.
# Refuted by: a program that does not come back, another status, a daemon that
#             takes longer than 10 seconds.
# Proof of coverage: at least 300 requests were held, at both gates, and others
#                    waited in the kernel while receiving was paused; the daemon
#                    was still there after the first of two signals.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 13

clients_gone() {
	local pid
	for pid in "${clients[@]}"; do
		process_gone "$pid" || return
	done
}
not_mounted() {
	! is_mounted "$mnt"
}

# ended STATUS - the daemon has.
ended() {
	local status=0
	wait_for process_gone "$daemon_pid" || return
	wait "$daemon_pid" || status=$?
	unset 'pinfs_pid[main]'
	watchdog_stop main
	is "$status" "$1" "the daemon ends with status $1"
}

mount_pinfs
client_start
mkfifo "$tmp/in" "$tmp/out"
(close_inherited; exec hang-load "$mnt" 1) <"$tmp/in" >"$tmp/out" &
load=$!
exec {load_in}>"$tmp/in" {load_out}<"$tmp/out"
read -r -t 60 line <&"$load_out"
read -r -a clients <<<"${line#ready }"
for op in fsync lookup readdir readdirplus rename2 flush; do
	gate hold op=$op at=arrive deadline=29s >&2
done
gate hold op=write at=arrive path=/file-11-0 deadline=29s >&2
for op in write read open getattr; do
	gate hold op=$op at=reply deadline=29s >&2
done
echo go >&"$load_in"
gate wait held=300 timeout=20s >&2
is "$(gate list | jq -c '[.held[].at] | unique')" '["arrive","reply"]' \
	"requests are held at both gates"
ok "so many: $(control status | jq .held)" test "$(control status | jq .held)" -ge 300
control pause >&2
# Not by a name: the directory's lock may be held by one whose request is.
(close_inherited; exec stat -f "$mnt") >/dev/null 2>&1 &
late=$!
more_wait() {
	[ "$(control status | jq '.queued > 0')" = true ]
}
ok "others wait while paused" wait_for more_wait
exec {load_in}>&-

begin=$SECONDS
kill -TERM "$daemon_pid"
wait "$late" || true
client_end || true
ok "all programs come back" wait_for clients_gone
ok "the last of them, too" wait_for process_gone "$load"
exec {load_out}<&-
ended 0
ok "within 10 seconds" test $((SECONDS - begin)) -le 10
ok "the mount point is free" not_mounted

mount_pinfs
client_start
step create fd=t path=t size=4k
kill -STOP "${client_pid[main]}"
begin=$SECONDS
kill -TERM "$daemon_pid"
ok "a stopped program keeps the mount busy, which is detached" \
	wait_for not_mounted
not_ok "and the daemon is there" process_gone "$daemon_pid"
kill -TERM "$daemon_pid"
ended 1
ok "a second signal ends it at once" test $((SECONDS - begin)) -lt 8
like "$(cat "$log")" 'asked a second time' "and it says why"
kill -CONT "${client_pid[main]}"
client_end || true
