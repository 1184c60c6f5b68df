#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: fio's verify jobs (buffered, O_DIRECT, mmap) find what they wrote,
#           while writeback goes on all the time; SOURCE has the same bytes, and
#           no page changed under writeback.
# Refuted by: a verify error, a difference, an event.
# Proof of coverage: as in restless.sh; of each job its kind of WRITEs came.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/restless.sh"
require_fuse
require_prog fio jq
megabytes=$(full 512 48)
require_space "$tmp" $((megabytes * 4 + 100))
plan 14
mount_pinfs -o event_limit=1000000
seed=$RANDOM
diag "seed $seed"

# verify NAME OPTION... - write all blocks of a file in random order, each once,
# and read them back. Each write(2) covers whole pages, so that none is written
# to again while it is under writeback.
verify() {
	local name=$1 loop status=0
	shift
	truncate -s "${megabytes}M" "$mnt/$name"
	sync-range-loop 5000 "$mnt/$name" >"$tmp/count" &
	loop=$!
	timeout 600 fio --name="$name" --filename="$mnt/$name" --rw=randwrite \
		--size="${megabytes}M" --do_verify=1 --verify_fatal=1 --verify_state_save=0 \
		--fallocate=none --randseed="$seed" "$@" >"$tmp/fio.out" 2>&1 ||
		status=$?
	kill -TERM "$loop"
	wait "$loop" || status=$?
	grep -E 'write:|verify|err=' "$tmp/fio.out" | sed 's/^ */# /' >&2
	grep -q 'err= 0' "$tmp/fio.out" && return "$status"
}

# same NAME - SOURCE and mount have the same bytes, of the right number.
same() {
	cmp "$mnt/$1" "$src/$1" &&
		[ "$(stat -c %s "$src/$1")" -eq $((megabytes << 20)) ]
}

restless_start
ok "buffered writes, verified by crc32c" verify buffered \
	--ioengine=psync --bs=4k --verify=crc32c
ok "some were written back while fio wrote" \
	test "$(counter writeback_writes)" -gt $((megabytes / 8))
ok "SOURCE has the same" same buffered

ok "O_DIRECT writes, verified by xxhash" verify direct --direct=1 \
	--ioengine=libaio --iodepth=16 --bsrange=4k-64k --verify=xxhash
ok "they came as such" \
	test "$(counter direct_writes)" -ge $((megabytes * 16))
ok "SOURCE has the same" same direct

before=$(counter writeback_writes)
ok "stores through a mapping, verified by crc32c" verify mapped \
	--ioengine=mmap --bs=4k --verify=crc32c
ok "they were written back" test "$(counter writeback_writes)" -gt "$before"
ok "SOURCE has the same" same mapped

ok "large buffered writes, verified by xxhash" verify large \
	--ioengine=psync --bs=256k --verify=xxhash
ok "SOURCE has the same" same large

restless_end
is "$(counter copied_writes)" 0 "no page-cache WRITE was a copy"
umount_pinfs
