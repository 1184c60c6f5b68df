#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: on a kernel with a request timeout, pinfs says at mount that hold_max=
#           is too long for it, lets go of what is held before it is over, and
#           the connection is not aborted.
# Refuted by: no warning, a hold of another length, a call that fails, a mount
#             that ends, a warning where nothing is wrong.
# Proof of coverage: the kernel itself aborts a connection with that timeout, of
#                    a daemon that does not answer; the holds were made for
#                    longer than the timeout, at both gates one after the other.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
sysctl=/proc/sys/fs/fuse/default_request_timeout
[ -w $sysctl ] || skip_all "needs a kernel with $sysctl"
[ "$(cat /proc/sys/fs/fuse/max_request_timeout)" -eq 0 ] ||
	skip_all "needs max_request_timeout to be 0"
plan 16

# set_timeout S - for mounts that are made from now on.
set_timeout() {
	echo "$1" >$sysctl
}
undo_with set_timeout "$(cat $sysctl)"

set_timeout 15
mount_pinfs @paused -o hold_max=10s
mount_pinfs -o hold_max=30s
set_timeout 0
is "$(control status | jq .request_timeout_us)" 15000000 "a timeout of 15 s"
is "$(grep -c 'hold_max=:.*15 s.*no request is held longer than 11.2 s' "$log")" \
	1 "hold_max=30s is warned of"
is "$(grep -c 'hold_max=:' "${pinfs_log[paused]}")" 0 "hold_max=10s is not"

# One daemon does not answer: its receiving is paused.
use_mount paused
client_start @paused
like "$(control pause | jq -r .warning)" 'longer than 15 s' \
	"pause says how long the kernel waits"
step @paused open fd=t path=t '&'

use_mount main
client_start
step create fd=t path=t size=16k
step close fd=t
step open fd=t path=t direct
is "$(control hold op=read deadline=15s | jq -r '[.ok, .error] | @tsv')" \
	$'false\tERANGE' "a deadline that the kernel would not wait for is refused"
like "$(control hold op=fsync deadline=14s | jq -r '[.ok, .warning] | @tsv')" \
	$'^true\t.*no request is held longer than 11.2 s' \
	"a deadline that is cut is warned of"
is "$(control hold op=fsync deadline=5s | jq -c 'keys')" '["id","ok"]' \
	"a short one is not"
control hold op=read at=arrive >&2
control hold op=read at=reply >&2
begin=$SECONDS
step read fd=t off=0 len=4k '&'
reading=${client_steps[main]}
gate wait held=1 >&2
left=$(gate list | jq '.held[0].left_us')
ok "a read is held for 11.25 s at most ($left us)" \
	test "$left" -gt 9000000 -a "$left" -le 11250000
step wait timeout=20s
like "$answer" ' ok ret=1 ' "it is answered, and well"
like "$(final_answer "$reading")" 'ok ret=4096' "with its bytes"
ok "after $((SECONDS - begin)) s" \
	test $((SECONDS - begin)) -ge 9 -a $((SECONDS - begin)) -le 14
is "$(event_count '.event == "expired" and .held_us > 9000000')" 1 \
	"an event says that its hold has ended"

# The kernel looks every 15 seconds.
step @paused wait timeout=20s
step @paused wait timeout=20s
use_mount paused
unmounted() {
	! mountinfo_device "$mnt" | grep -q .
}
# The abort answers the client first; the daemon that it ends unmounts after it.
wait_for -t 30 unmounted || true
ok "the daemon that does not answer has lost its mount" unmounted
like "$(cat "$log")" 'was aborted' "by an abort"
wait "$daemon_pid" || true
unset 'pinfs_pid[paused]'
watchdog_stop paused
client_end @paused || true

use_mount main
ok "the other's is there" touch "$mnt/here"
client_end
ok "and ends cleanly" umount_pinfs
