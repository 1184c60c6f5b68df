#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: SIGTERM, while a program has written and not yet synced, loses
#           nothing, whether the program has closed its file, closes it
#           afterwards, or keeps it open until the end: all bytes are in SOURCE
#           when the daemon has ended. It ends with status 0 when the mount
#           could be ended, and otherwise says so.
# Refuted by: a byte that is missing in SOURCE; a wrong status.
# Proof of coverage: no WRITE had been sent before the signal: the counter is 0.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 12

# dirty GENERATION - 100,000 bytes in the page cache only, by the client.
dirty() {
	mount_pinfs
	client_start
	step create fd=t path=t size=100000 "gen=$1"
	is "$(counter writes)" 0 "100,000 bytes are dirty, none has been written"
}

# term - tell the daemon to end.
term() {
	kill -TERM "$daemon_pid"
	wait_for not_mounted
}

not_mounted() {
	! is_mounted "$mnt"
}

# ended STATUS - it has, with that status.
ended() {
	local status=0
	wait_for -t 30 process_gone "$daemon_pid"
	wait "$daemon_pid" || status=$?
	unset 'pinfs_pid[main]'
	watchdog_stop main
	is "$status" "$1" "the daemon ends with status $1"
}

# has GENERATION - SOURCE has all the bytes. From outside of the mount.
has() {
	like "$(pinctl client <<-END
		open fd=t path=$src/t mode=r
		check fd=t len=100000 gen=$1 file=t
	END
	)" ' check ok ret=0 ' "SOURCE has them all"
	is "$(stat -c %s "$src/t")" 100000 "no more, no less"
	rm "$src/t"
}

dirty 1
client_end
term
ended 0
has 1

dirty 2
term
client_end
ended 0
has 2

dirty 3
term
ended 1
has 3
client_end || true
