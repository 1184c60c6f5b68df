#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: while a WRITE of the file is held, while the reply to a hole is (the
#           store has it, the page cache not yet), while a READ of a page is, and
#           while the mount is paused, pinctl audit ends with 3 and one sentence
#           soon after its timeout, accuses nobody, and leaves no process once the
#           request is let go; the verb replies at once while paused. Then an
#           audit works as ever.
# Refuted by: another status, a longer wait, a lost block, a process that stays.
# Proof of coverage: the request is held, and is still held when the audit ends.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq fallocate
plan 30
mount_pinfs
client_start
step create fd=t path=t size=16k gen=1
step fsync fd=t

# ends WHAT - an audit with a timeout of a second must not be able to tell.
ends() {
	local status=0 start=$SECONDS
	pinctl audit "$mnt" --timeout=1s >"$tmp/out" 2>"$tmp/err" || status=$?
	is "$status" 3 "$1: the audit cannot tell"
	ok "$1: it ends in time" test $((SECONDS - start)) -le 5
	is "$(wc -l <"$tmp/err")" 1 "$1: one sentence"
	not_ok "$1: nobody is accused" grep -q '^lost' "$tmp/out"
}

# no_walker - no process of pinctl audit is left. Not by way of ps, which
# may sleep.
no_walker() {
	! grep -lsz '^audit$' /proc/[0-9]*/cmdline >/dev/null
}

step write fd=t off=4k len=4k gen=2
gate hold op=write path=/t deadline=25s >&2
step sync-range fd=t
gate wait held=1 >&2
ends "a held WRITE"
like "$(cat "$tmp/err")" 'is a request held' "a held WRITE: which says why"
is "$(gate list | jq '.held | length')" 1 "a held WRITE: it is still held"
gate clear >&2
ok "let go, no process is left" wait_for no_walker
ok "and an audit finds nothing lost" pinctl audit "$mnt"

gate hold op=fallocate path=/t at=reply deadline=25s >&2
fallocate -p -o 0 -l 4096 "$mnt/t" &
puncher=$!
gate wait held=1 >&2
ends "a held hole"
is "$(gate list | jq '.held | length')" 1 "a held hole: it is still held"
gate clear >&2
wait "$puncher"
ok "let go, no process is left" wait_for no_walker
ok "and an audit finds nothing lost" pinctl audit "$mnt"

# A page that is being read is cached already, and has no bytes yet.
seeded-file "$src/r" 4 1
gate hold op=read path=/r deadline=25s >&2
head -c 1 "$mnt/r" >"$tmp/first" &
reader=$!
gate wait held=1 >&2
status=0
pinctl audit "$mnt" --timeout=1s >"$tmp/out" 2>"$tmp/err" || status=$?
diag "a held READ: $(cat "$tmp/out" "$tmp/err")"
# 0 where the kernel takes such a page for not cached.
like "$status" '^[03]$' "a held READ: nothing is found"
not_ok "a held READ: nobody is accused" grep -q '^lost' "$tmp/out"
ok "a held READ: it is still held" \
	test "$(gate list | jq '.held | length')" -ge 1
gate clear >&2
wait "$reader"
ok "let go, no process is left" wait_for no_walker
ok "and an audit finds nothing lost" pinctl audit "$mnt"

gate pause >&2
ends "a pause"
like "$(cat "$tmp/err")" 'is paused' "a pause: which says so"
is "$(control audit "ino=$(stat -c %i "$src/t")" | jq -r .error)" EBUSY \
	"a pause: the verb replies at once"
gate resume >&2
ok "resumed, an audit finds nothing lost" pinctl audit "$mnt"
is "$(counter lost_blocks)" 0 "nothing was counted as lost"
is "$(control audit ino=1 id=1 | jq -r .error)" EINVAL "either a file or an id"
is "$(control audit id=99 | jq -r .error)" ENOENT "an audit that is not there"
