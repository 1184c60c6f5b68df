#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl abort" ends a mount that holds requests, without its daemon's
#           help: callers get errors, the mount point is free, the daemon ends
#           with a status that is not 0, and the same SOURCE can be mounted.
# Refuted by: a caller that hangs, a mount point that is still one, a daemon that
#             stays.
# Proof of coverage: requests were held, and the daemon was stopped by SIGSTOP
#                    in the second round.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 13

# hold_some - a mount with a held read, a held lookup and a store that waits for
# a held WRITE.
hold_some() {
	mount_pinfs
	client_start
	step create fd=t path=t size=16k
	step map mem=m fd=t len=16k
	step fsync fd=t
	step open fd=d path=t direct
	step store mem=m len=4k gen=2
	gate hold op=read,write,lookup deadline=25s >&2
	step sync-range fd=t
	gate wait held=1 >&2
	step read fd=d off=8k len=4k '&'
	read_step=${client_steps[main]}
	step open fd=n path=nothing '&'
	lookup_step=${client_steps[main]}
	step store mem=m len=4k gen=3 '&'
	store_step=${client_steps[main]}
	gate wait held=3 >&2
}

# all_end - the clients of an aborted mount.
all_end() {
	step wait timeout=10s
	like "$(final_answer "$read_step")" '^read fail ' "the read failed"
	like "$(final_answer "$lookup_step")" '^open fail ' "so did the lookup"
	like "$(final_answer "$store_step")" '^store (ok|fail) ' \
		"the store has ended"
	client_end || true
}

daemon_status() {
	local status=0
	wait "${pinfs_pid[main]}" || status=$?
	unset 'pinfs_pid[main]'
	watchdog_stop main
	echo "$status"
}

hold_some
ok "pinctl abort" timeout 20 pinctl abort "$mnt"
all_end
not_ok "the mount point is free" is_mounted "$mnt"
wait_for process_gone "$daemon_pid"
status=$(daemon_status)
unset 'pinfs_pid[main]'
isnt_zero=$([ "$status" -ne 0 ] && echo yes || echo no)
is "$isnt_zero" yes "the daemon has ended, with status $status"

hold_some
kill -STOP "$daemon_pid"
ok "the same with a stopped daemon: pinctl abort" \
	timeout 20 pinctl abort "$mnt"
all_end
not_ok "the mount point is free" is_mounted "$mnt"
kill -CONT "$daemon_pid"
wait_for process_gone "$daemon_pid"
wait "$daemon_pid" 2>/dev/null || true
unset 'pinfs_pid[main]'

mount_pinfs
is "$(wc -c <"$mnt/t")" 16384 "SOURCE can be mounted again"
ok "and unmounted" umount_pinfs
