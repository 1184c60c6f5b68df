#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whatever comes to the control socket, each line gets one JSON object,
#           in order, and the mount goes on serving meanwhile and afterwards; the
#           257th connection is refused by an object, too.
# Refuted by: a reply that is missing, too many, no JSON, or another line's; a
#             call on the mount that fails or finds other bytes; descriptors or
#             threads that stay.
# Proof of coverage: so many lines were answered, some of them with "ok"; gates
#                    have held requests; connections were refused.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 11

lines=$(full 200000 10080)
# No helper processes, which come with O_DIRECT writes as they are needed.
mount_pinfs -o peek=off
socket=$(control_socket "$mnt")

# resources - descriptors but for the workers' pipes, and threads.
resources() {
	echo "$(find "/proc/$daemon_pid/fd" -mindepth 1 \
		\( -lname 'socket:*' -o -lname '/*.sock' -o -lname 'anon_inode:*' \) |
		wc -l)" \
		"$(find "/proc/$daemon_pid/task" -mindepth 1 -maxdepth 1 | wc -l)"
}

are_as_before() {
	[ "$(resources)" = "$before" ]
}

file-exerciser -N 400 -S 4 "$mnt/before" >&2
control list >/dev/null
before=$(resources)
timeout 100 file-exerciser -N 400 -S 5 "$mnt/meanwhile" >&2 &
busy=$!
status=0
answered=$(timeout 100 control-noise "$socket" "$lines" 1) || status=$?
is "$status" 0 "each line has one reply, in order"
like "$answered" '^[0-9]{5,} replies, [0-9]{3,} ok$' "$answered"
exits 0 "a file is written and read meanwhile" wait "$busy"
is "$(control clear | jq .ok)" true "the next verb is served"
ok "requests were held: $(counter holds)" test "$(counter holds)" -gt 0
is "$(control status | jq -c '[.paused, .held, .gates]')" '[false,0,0]' \
	"nothing is left"
many=$(timeout 60 control-noise --many "$socket" 300) || many=failed
is "$many" "256 44" "of 300 connections 256 are served, the others refused"
is "$(control list | jq .ok)" true "then there is room again"
ok "descriptors and threads are as before" wait_for are_as_before
diag "descriptors and threads: $before, now $(resources)"
ok "a file is written and read afterwards" timeout 60 file-exerciser -N 2000 \
	-S 6 "$mnt/afterwards"
ok "unmounted" umount_pinfs
