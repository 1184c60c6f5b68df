#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: invalidate of a page whose WRITE is held waits in the kernel, and for
#           its timeout= only; meanwhile other verbs are answered, and the pages
#           go when the WRITE is released. Its caller's end, SIGTERM, an abort and
#           SIGKILL end the wait, the last one also without a watchdog; there are
#           never more than 16 such waits.
# Refuted by: another reply; a verb without one; a daemon, or a gate of a killed
#             caller, that stays; a mount point that is not freed.
# Proof of coverage: the WRITE is held when the reply comes, and each time
#                    before the end; a thread of the daemon sleeps in a wait for
#                    writeback.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 22

# hold_page [DAEMON OPTION...] - a mount with a dirty page whose WRITE is held.
hold_page() {
	mount_pinfs "$@"
	client_start
	step create fd=t path=t size=8k gen=1
	step fsync fd=t
	step write fd=t off=0 len=4k gen=2
	gate hold op=write path=/t at=reply deadline=25s >&2
	step sync-range fd=t
	gate wait held=1 >&2
	ino=$(stat -c %i "$src/t")
}

# invalidate TIMEOUT - the error of the reply; nothing when it is done.
invalidate() {
	control invalidate "ino=$ino" "timeout=$1" | jq -r '.error // empty'
}

# A daemon's thread, not a client's: the only one there that waits for a page.
sleeps() {
	grep -qsE 'folio_wait|wait_on_page|writeback' \
		/proc/"$daemon_pid"/task/*/wchan
}

# wait_there - an invalidation that waits, in the background.
wait_there() {
	(close_inherited; invalidate 60s) >"$tmp/reply" 2>/dev/null &
	caller=$!
	ok "$1: a thread of the daemon waits for writeback" wait_for sleeps
}

is_freed() {
	! is_mounted "$mnt"
}

# ended STATUS - the daemon has.
ended() {
	local status=0
	client_end || true
	wait_for process_gone "$daemon_pid" || return
	wait "$daemon_pid" || status=$?
	unset 'pinfs_pid[main]'
	watchdog_stop main
	wait "$caller" || true
	is "$status" "$1" "the daemon ends with status $1"
}

hold_page -o verify=off
is "$(invalidate 300ms)" ETIMEDOUT "while the WRITE is held it is not done in time"
is "$(gate list | jq '.held | length')" 1 "the WRITE is still held"
ok "a thread goes on waiting" sleeps
for _ in $(seq 15); do
	invalidate 1ms
done >"$tmp/more"
is "$(sort "$tmp/more" | uniq -c | xargs)" '15 ETIMEDOUT' "so do fifteen more"
is "$(invalidate 60s)" EBUSY "and one more does not"
head -c 8k /dev/zero | tr '\0' z >"$src/t"
is "$(control release | jq .released)" 1 "the WRITE is released"
not_there() {
	! sleeps
}
ok "nobody waits any more" wait_for not_there
is "$(head -c 1 "$mnt/t")" z "and the pages are gone"
control clear >&2
is "$(invalidate 5s)" '' "the next one is done at once"

step write fd=t off=0 len=4k gen=3
mkfifo "$tmp/talk"
control-lines "$(control_socket "$mnt")" <"$tmp/talk" >"$tmp/talk.out" &
talk_pid=$!
exec {talk_in}>"$tmp/talk"
echo 'hold op=write path=/t at=reply deadline=25s scope=connection' >&"$talk_in"
wait_for grep -q '"id"' "$tmp/talk.out"
step sync-range fd=t
gate wait held=1 >&2
echo "invalidate ino=$ino timeout=60s" >&"$talk_in"
ok "a caller that waits for its own gate" wait_for sleeps
kill -9 "$talk_pid"
wait "$talk_pid" 2>/dev/null || true
exec {talk_in}>&-
no_gate() {
	[ "$(gate list | jq -c '[.gates, .held]')" = '[[],[]]' ]
}
ok "takes the gate along when it is killed" wait_for -t 3 no_gate
ok "and nobody waits" wait_for -t 3 not_there
client_end
ok "the mount ends" umount_pinfs

hold_page
wait_there "SIGTERM"
kill -TERM "$daemon_pid"
ended 0

hold_page
wait_there "an abort"
abort_connection "$connection"
ended 1
unmount_lazily "$mnt"

hold_page -o watchdog=off
wait_there "SIGKILL"
kill -9 "$daemon_pid"
ok "the mount point is freed" wait_for -t 5 is_freed
ended 137
mount_pinfs
is "$(wc -c <"$mnt/t")" 8192 "and SOURCE can be mounted again"
ok "unmounted" umount_pinfs
