#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: fio, as it comes, with its I/O buffers in a shared mapping of a file
#           on the mount (--iomem=mmapshared:) and O_DIRECT random reads of a file
#           on another filesystem, changes pages under writeback: there are
#           "unstable" events, and at least 95 % of their second checksums are
#           those of aligned blocks of fio's source. Without iomem there is none.
# Refuted by: no event, other bytes than fio's, an event without iomem.
# Proof of coverage: no two blocks of the source are equal, and none is zero; a
#                    second process starts writeback every 5 ms, and WRITEs came.
#
# A recheck in the middle of a transfer sees a mixture; these are listed. No block
# of the buffer is written in part only: fio aligns a buffer to the page, each
# buffer begins at a multiple of the largest block size, and lengths and offsets
# of the reads are multiples of 4096. fio takes the file of mmapshared: as it is,
# so it must have its size before.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/real.sh"
require_root
require_fuse
require_prog fio jq awk
require_space "$tmp" 200
require_live_writeback
seconds=$(full 30 4)
plan 9

seed=$RANDOM
diag "seed $seed"
direct_directory "$tmp/other"
source_blocks "$tmp/other/source" 8192 "$seed" >"$tmp/source"
is "$(sort -u "$tmp/source" | wc -l)" 8192 "no two blocks of the source are equal"

# fio_reads NAME [OPTION...] - on a new mount, with writeback going on; the
# events are then in $tmp/NAME.events.
fio_reads() {
	local name=$1 loop status=0
	shift
	mount_pinfs @"$name" -o event_limit=1000000
	head -c 1M /dev/zero >"$mnt/buffer"
	sync-range-loop 5000 "$mnt/buffer" >"$tmp/count" &
	loop=$!
	timeout $((seconds + 60)) fio --name=reads --readonly --rw=randread \
		--filename="$tmp/other/source" --bsrange=4k-64k --direct=1 \
		--ioengine=libaio --iodepth=8 --time_based \
		--runtime="$seconds" --randseed="$seed" "${@//MNT/$mnt}" \
		>"$tmp/fio.out" 2>&1 || status=$?
	kill -TERM "$loop"
	wait "$loop" || status=$?
	event_lines '.event == "unstable"' >"$tmp/$name.events"
	grep -E 'read:|err=' "$tmp/fio.out" | sed 's/^ */# /' >&2
	diag "sync_file_range: $(<"$tmp/count") times"
	return "$status"
}

ok "fio, its buffers in the mapping" fio_reads pinned \
	--iomem=mmapshared:MNT/buffer
count=$(wc -l <"$tmp/pinned.events")
ok "writeback went on all the time" \
	test "$(counter writeback_writes)" -ge $((seconds * 10))
is "$(counter unstable_blocks)" "$count" "all unstable blocks are in the log"
as_in_readme 'fio, its buffers in a shared mapping on pinfs' "$(seen "$count")"
mixed_blocks "$tmp/pinned.events" "$tmp/source" >"$tmp/mixed"
mixed=$(wc -l <"$tmp/mixed")
ok "$((count - mixed)) of $count second looks saw a block of the source" \
	test $((mixed * 100)) -le $((count * 5))
jq -c --slurpfile mixed <(jq -R . "$tmp/mixed") \
	'select(.recheck | IN($mixed[])) | [.block, .arrival, .recheck, .changed]' \
	"$tmp/pinned.events" | sed 's/^/# a mixture: /' >&2
umount_pinfs @pinned

# What is in the store at the end is not a mixture.
is "$(block-digests "$src/buffer" | cut -d ' ' -f 2 | sort -u |
	join -v 1 - <(sort -u "$tmp/source" \
		<(head -c 4096 /dev/zero >"$tmp/zero"
		block-digests "$tmp/zero" | cut -d ' ' -f 2)))" '' \
	"SOURCE has whole blocks of the source at the end"

ok "fio, its buffers elsewhere" fio_reads plain
as_in_readme 'fio, its buffers elsewhere' "$(seen "$(wc -l <"$tmp/plain.events")")"
umount_pinfs @plain
