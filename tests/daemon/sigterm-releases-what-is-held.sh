#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: SIGTERM lets everything go that is held or that waits while the mount
#           is paused: callers get their answers, and the daemon ends cleanly, at
#           once and not at the end of the holds' deadlines.
# Refuted by: a caller with an error, a daemon that takes longer than 5 seconds.
# Proof of coverage: the reads were held, with 100 seconds left, and the write
#                    waited in the kernel.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 6
mount_pinfs -o hold_max=120s
client_start
step create fd=t path=t size=64k
step close fd=t
step open fd=t path=t direct
step open fd=u path=u excl direct

gate hold op=read deadline=110s >&2
for i in 0 1 2 3 4; do
	step read fd=t off=$((i * 4))k len=4k '&'
done
gate wait held=5 >&2
is "$(gate list | jq '[.held[].left_us | select(. > 100000000)] | length')" 5 \
	"five reads are held"
control pause >&2
step write fd=u off=0 len=4k gen=1 '&'
writing=${client_steps[main]}
is "$(final_answer "$writing")" '' "and a write waits while paused"

begin=$SECONDS
kill -TERM "$daemon_pid"
step wait timeout=10s
like "$answer" ' ok ret=6 ' "all have ended well"
client_end
status=0
wait "$daemon_pid" || status=$?
unset 'pinfs_pid[main]'
is "$status" 0 "the daemon ends with 0"
ok "without delay" test $((SECONDS - begin)) -le 5
is "$(stat -c %s "$src/u")" 4096 "SOURCE has what was written"
