#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the daemon is stopped and stays so, be it while it serves or in
#           its start, when the mount has been made, then within 15 seconds all
#           clients are back with errors, the mount point is free, daemon and
#           supervisor and control socket are gone, and one line says why.
# Refuted by: anything of these that is left.
# Proof of coverage: reads and a page-cache WRITE with stores that wait for it
#                    were held; the daemon is in state T; the one in its start had
#                    not said READY.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/supervisor.sh"
require_root
require_fuse
require_prog jq
plan 17

not_mounted() {
	! is_mounted "$mnt"
}
is_stopped() {
	grep -q '^State:.T' "/proc/$1/status"
}

mount_pinfs
socket=$(control_socket "$mnt")
supervisor=$(supervisor_of "$daemon_pid")
client_start @calls
client_start @maps
step @calls create fd=t path=t size=64k
step @calls close fd=t
step @calls open fd=t path=t direct
step @maps create fd=m path=m size=4k
step @maps map mem=m fd=m len=4k
step @maps fsync fd=m
step @maps store mem=m off=0 len=4k gen=2
gate hold op=read,write deadline=28s >&2
step @maps sync-range fd=m
for i in 0 1 2 3 4; do
	step @calls read fd=t off=$((i * 4))k len=4k '&'
done
gate wait held=6 timeout=10s >&2
step @maps store mem=m off=0 len=4k gen=3 '&'
step @maps wait timeout=300ms
like "$answer" 'errno=ETIMEDOUT .*running=1' "a store waits for one of six"

kill -STOP "$daemon_pid"
ok "the daemon is stopped" wait_for is_stopped "$daemon_pid"
begin=$SECONDS
step @calls wait timeout=15s
like "$answer" '^wait ok ret=0 ' "all calls come back, none of them well"
step @maps wait timeout=5s
like "$answer" '^wait (ok|fail errno=ECHILD)' "so does the store"
ok "the mount point is free" wait_for not_mounted
ok "the daemon is gone" wait_for -t 5 process_gone "$daemon_pid"
status=0
wait "$daemon_pid" || status=$?
unset 'pinfs_pid[main]'
watchdog_stop main
is "$status" 137 "it was killed"
ok "its supervisor is gone" wait_for -t 5 process_gone "$supervisor"
not_ok "its socket is gone" test -e "$socket"
ok "all within 15 seconds" test $((SECONDS - begin)) -le 15
is "$(grep -c 'no sign of life' "$log")" 1 "one line says so"
client_end @calls || true
client_end @maps || true

# stop_in_start - a daemon that is stopped when its mount is there; $daemon_pid.
# Fails when it was READY before.
stop_in_start() {
	: >"$tmp/ready"
	(close_inherited; exec pinfs "$src" "$mnt" -f -o watchdog=2s --ready-fd=9 \
		9>"$tmp/ready") >>"$log" 2>&1 </dev/null &
	daemon_pid=$!
	for ((i = 0; i < 100000; i++)); do
		! grep -q " $mnt " /proc/self/mountinfo || break
	done
	kill -STOP "$daemon_pid"
	wait_for is_stopped "$daemon_pid" || return
	pinfs_pid[main]=$daemon_pid
	pinfs_conn[main]=$(mountinfo_device "$mnt")
	pinfs_conn[main]=${pinfs_conn[main]#*:}
	watchdog_start main
	[ ! -s "$tmp/ready" ] || {
		kill -CONT "$daemon_pid"
		umount_pinfs
		return 1
	}
}

started=no
for attempt in {1..20}; do
	if stop_in_start; then
		started=yes
		break
	fi
done
begin=$SECONDS
is "$started" yes "a daemon is stopped in its start (attempt $attempt)"
supervisor=$(supervisor_of "$daemon_pid")
ok "when its mount is there" is_mounted "$mnt"
ok "it is gone in time" wait_for -t 15 process_gone "$daemon_pid"
wait "$daemon_pid" 2>/dev/null || true
unset 'pinfs_pid[main]'
ok "its mount is gone" wait_for -t 5 not_mounted
watchdog_stop main
ok "its supervisor is gone" wait_for -t 5 process_gone "$supervisor"
ok "within 15 seconds" test $((SECONDS - begin)) -le 15
