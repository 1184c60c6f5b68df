#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the supervisor has been killed the daemon says so, goes on, and
#           SIGTERM ends its mount, and it when the last file is closed; what was
#           dirty is in SOURCE.
# Refuted by: a daemon or a mount that stays, a byte that is missing in SOURCE.
# Proof of coverage: the supervisor was there and is gone before the signal; no
#                    WRITE had been sent.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/supervisor.sh"
require_root
require_fuse
require_prog jq
plan 9
mount_pinfs -o cache=writeback
supervisor=$(supervisor_of "$daemon_pid")
not_ok "it has a supervisor" process_gone "${supervisor:-0}"
kill -9 "$supervisor"
ok "which is killed" wait_for process_gone "$supervisor"

says_so() {
	grep -q 'the supervisor is gone' "$log"
}
ok "the daemon says so" wait_for says_so
client_start
step create fd=t path=t size=100000
like "$answer" '^create ok ' "and goes on"
is "$(counter writes)" 0 "100,000 bytes are dirty, none has been written"

kill -TERM "$daemon_pid"
not_mounted() {
	! is_mounted "$mnt"
}
ok "SIGTERM ends the mount" wait_for -t 5 not_mounted
client_end
status=0
wait_for -t 5 process_gone "$daemon_pid" || status=none
if [ "$status" = 0 ]; then
	wait "$daemon_pid" || status=$?
	unset 'pinfs_pid[main]'
	watchdog_stop main
fi
is "$status" 0 "and the daemon, when the file is closed"
is "$(stat -c %s "$src/t")" 100000 "SOURCE has the file"
like "$(pinctl client <<-END
	open fd=t path=$src/t mode=r
	check fd=t len=100000 gen=1 file=t
END
)" ' check ok ret=0 ' "with all its bytes"
