#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a daemon whose mount is paused notices that the mount has been
#           unmounted, or aborted: it ends, and SOURCE can be mounted again.
#           A pause that is asked for while the mount is being ended has no
#           effect.
# Refuted by: a daemon that stays, a second start that fails, a caller that hangs.
# Proof of coverage: the mount says that it is paused, and before the abort a
#                    read waits in the kernel.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_fusectl
require_prog jq
plan 12

paused() {
	control pause >&2
	is "$(control status | jq .paused)" true "the mount is paused"
}

# ended STATUS - the daemon has, with that status.
ended() {
	local status=0
	wait_for -t 5 process_gone "$daemon_pid" || status=none
	if [ "$status" = 0 ]; then
		wait "$daemon_pid" || status=$?
		unset 'pinfs_pid[main]'
		watchdog_stop main
	fi
	is "$status" "$1" "the daemon ends with status $1"
}

mount_pinfs
paused
# umount(8) would ask for attributes first, and wait.
unmount_lazily "$mnt"
ended 0

mount_pinfs
pass "SOURCE can be mounted again"
client_start
step create fd=t path=t size=8k
step close fd=t
step open fd=t path=t direct
paused
step read fd=t off=0 len=4k '&'
reading=${client_steps[main]}
kernel_has_one() {
	[ "$(cat "/sys/fs/fuse/connections/$connection/waiting")" -ge 1 ]
}
ok "a read waits in the kernel" wait_for kernel_has_one
abort_connection "$connection"
step wait timeout=5s
like "$(final_answer "$reading")" '^read fail ' "it fails when the mount is aborted"
ended 1
client_end || true
unmount_lazily "$mnt"

# With a file open the mount point is freed at once, the rest goes on.
mount_pinfs
client_start
step open fd=t path=t
step write fd=t off=0 len=8k gen=2
socket=$(control_socket "$mnt")
kill -TERM "$daemon_pid"
not_mounted() {
	! is_mounted "$mnt"
}
ok "SIGTERM frees the mount point" wait_for not_mounted
is "$(control-lines "$socket" <<<pause | jq .ok)" true "a pause is answered"
client_end
ended 0

mount_pinfs
is "$(wc -c <"$mnt/t")" 8192 "SOURCE can be mounted again"
ok "unmounted" umount_pinfs
