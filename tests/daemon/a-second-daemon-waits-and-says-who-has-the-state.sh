#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a second daemon on one state directory waits for the first as long
#           as lock_wait= says, then ends with a line that says which process
#           has it, and where that is mounted; when the first ends in time, it
#           serves.
# Refuted by: two daemons at once, a wait that is shorter or much longer, a line
#             that does not say who.
# Proof of coverage: the times that were measured, and the process id.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
plan 7
mount_pinfs
mkdir "$tmp/second"

milliseconds() {
	echo "$((${EPOCHREALTIME/./} / 1000))"
}

begin=$(milliseconds)
said=$(pinfs "$src" "$tmp/second" -f -o lock_wait=1s 2>&1) && status=0 ||
	status=$?
took=$(($(milliseconds) - begin))
is "$status" 1 "it ends with status 1"
is "$(wc -l <<<"$said")" 1 "and one line"
like "$said" "$src/.pinfs.* in use.*process $daemon_pid, mounted on $mnt" \
	"that says who has it"
ok "after a second" test "$took" -ge 1000
ok "not much later" test "$took" -lt 3000

pinfs "$src" "$tmp/second" -o lock_wait=30s 2>>"$log" &
second=$!
not_ok "it waits while the first is there" wait_for -t 1 \
	is_mounted "$tmp/second"
umount_pinfs
wait "$second"
adopt_pinfs @second "$src" "$tmp/second" \
	"$(pinctl gate "$tmp/second" status | jq .pid)"
ok "and serves when the first has ended" is_mounted "$tmp/second"
umount "$tmp/second" || fusermount3 -u "$tmp/second"
wait_for process_gone "${pinfs_pid[second]}"
