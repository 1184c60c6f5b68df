#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "queued" counts exactly the requests that wait in the kernel and have
#           not been received: none while receiving; while paused as many as
#           there are blocked callers. "waiting" has those that are held as well.
#           INTERRUPTs, FORGETs and an answer given twice are not counted.
# Refuted by: another number.
# Proof of coverage: the list has the held ones; the number of callers is ours.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_fusectl
require_prog jq
plan 14
mount_pinfs
one-call prepare "$src" >&2
client_start
step create fd=t path=t size=64k
step close fd=t
step open fd=t path=t direct

# numbers - queued, waiting, held.
numbers() {
	control status | jq -c '[.queued, .waiting, .held]'
}

# numbers_are JSON - for wait_for.
numbers_are() {
	[ "$(numbers)" = "$1" ]
}

ok "nothing waits" wait_for numbers_are '[0,0,0]'
gate hold op=read path=/t off=0 len=8k deadline=25s >&2
step read fd=t off=0 len=4k '&'
step read fd=t off=4k len=4k '&'
gate wait held=2 >&2
is "$(numbers)" '[0,2,2]' "two that are held wait, but not in the kernel"
(close_inherited; exec one-call mkdir "$mnt") >&2 &
wait $!
gate hold op=fsync deadline=25s >&2
(close_inherited; exec one-call fsync "$mnt") >&2 &
caller=$!
gate wait held=3 >&2
kill -USR1 "$caller"
ok "an INTERRUPT is not counted" wait_for numbers_are '[0,3,3]'

is "$(pinctl pause "$mnt" >&2; numbers)" '[0,3,3]' "paused: the same"
for count in 1 2 3 4 5; do
	step read fd=t "off=$((count * 8))k" len=4k '&'
	ok "paused, $count more callers: $count queued" \
		wait_for numbers_are "[$count,$((count + 3)),3]"
done
is "$(gate pause | jq -c '[.queued, .waiting]')" '[5,8]' "pause says it too"
is "$(gate release | jq .released)" 3 "held ones are released while paused"
# Of the one that has synced its file: it closes it (FLUSH).
ok "those in the kernel are left, and one more has come" \
	wait_for numbers_are '[6,6,0]'
gate clear >&2
pinctl resume "$mnt" >&2
step wait
wait "$caller"
ok "resumed nothing waits" wait_for numbers_are '[0,0,0]'

gate inject op=any at=reply twice >&2
gate inject op=readdirplus at=arrive error=EIO >&2
for op in lookup read readdirplus unlink; do
	one-call "$op" "$mnt" >&2
done
gate clear >&2
echo 2 >/proc/sys/vm/drop_caches
ok "nor after answers given twice, errors and FORGETs" \
	wait_for numbers_are '[0,0,0]'
client_end || true
