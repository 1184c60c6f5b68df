#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: inject short=SIZE makes read, write and copy_file_range ask for their
#           first SIZE bytes only: so many are said to be done, these are right,
#           and nothing beyond them is touched; one that is not longer is as
#           ever. Pages of a shortened WRITE that were not asked for are not
#           taken for those of the next one.
# Refuted by: another number or other bytes; a later WRITE that is seen to be
#             unstable, or has wrong bytes in SOURCE.
# Proof of coverage: the "injected" events; the WRITEs are live ones, by the
#                    mount's own count.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq perl
plan 38

# short WORDS... - one gate, for one request.
short() {
	gate clear >/dev/null
	gate inject "$@" count=1 >&2
}

# get BYTES / put LETTER BYTES - one call at the beginning of t; what it returns.
get() {
	perl -e 'open(F, "<", $ARGV[0]) or die; print sysread(F, $b, $ARGV[1])' \
		"$mnt/t" "$1"
}
put() {
	perl -e 'open(F, "+<", $ARGV[0]) or die;
		$n = syswrite(F, $ARGV[1] x $ARGV[2]);
		print defined $n ? $n : "error"' "$mnt/t" "$1" "$2"
}

# letters - of SOURCE's t, how many of each, as they come.
letters() {
	fold -w 1 "$src/t" | uniq -c | xargs
}

# Without the page cache and O_DIRECT, which make more of it (below).
mount_pinfs @none -o cache=none
head -c 65536 /dev/zero | tr '\0' a >"$src/t"
short op=read short=4k
is "$(get 16384) $(get 16384)" "4096 16384" \
	"a read of 16 KiB gets 4, the next one all"
short op=read short=0
is "$(get 16384)" 0 "short=0: it gets nothing"
short op=read short=16k
is "$(get 16384)" 16384 "one that is not longer gets what it wants"
short op=read short=1000
is "$(get 16384)" 1000 "a part of a block"
short op=write short=4k
is "$(put b 16384)" 4096 "a write of 16 KiB writes 4"
is "$(letters)" "4096 b 61440 a" "and nothing beyond"
short op=write short=5000
is "$(put c 16384)" 5000 "a part of a block"
is "$(letters)" "5000 c 60536 a" "and nothing beyond"
short op=write short=0
like "$(put d 16384)" '^(0|error)$' "short=0: nothing is written"
is "$(letters)" "5000 c 60536 a" "nothing at all"
short op=write short=64k
is "$(put e 16384)" 16384 "one that is not longer is written"
is "$(letters)" "16384 e 49152 a" "as ever"
is "$(event_lines '.event == "injected"' |
	jq -c '[.op, .value, .length]' | xargs)" "[read,4096,16384] \
[read,0,16384] [read,16384,16384] [read,1000,16384] [write,4096,16384] \
[write,5000,16384] [write,0,16384] [write,65536,16384]" "each was an event"
ok "no checksum is wrong" pinctl scrub "$mnt"

: >"$src/c"
short op=copy_file_range short=4k
if ! command -v xfs_io >/dev/null; then
	skip 2 "needs xfs_io"
else
	xfs_io -c "copy_range -s 0 -d 0 -l 32k $mnt/t" "$mnt/c" >&2
	is "$(gate list | jq .gates[0].seen)" 1 "a copy is shortened"
	ok "and goes on with the rest" cmp -n 32768 "$src/t" "$src/c"
fi
gate clear >&2

# O_DIRECT: the kernel says EIO (fs/fuse/file.c: fuse_get_res_by_io(), 6.18).
mount_pinfs -o threads=1
client_start
step create fd=t path=t size=64k gen=1
step close fd=t
step open fd=t path=t direct
short op=write short=4k
step write fd=t off=0 len=16k gen=2
like "$answer" ' fail errno=EIO ' "a direct write that is short fails"
step check fd=t off=0 len=4k gen=2
like "$answer" ' ok ret=0 ' "its beginning is written"
step check fd=t off=4k len=60k gen=1
like "$answer" ' ok ret=0 ' "and nothing else"
gate clear >&2

# Of the page cache. Sixteen pages in one WRITE, whose live view is kept.
step create fd=w path=w size=64k gen=1
step fsync fd=w
live=$(counter live_writes)
for held in no yes; do
	step write fd=w off=0 len=64k gen=2
	short op=write path=/w short=4k at=arrive
	if [ "$held" = yes ]; then
		gate hold op=write path=/w at=arrive deadline=20s >&2
		step fsync fd=w '&'
		gate wait >&2
		gate release >&2
		gate clear >&2
		step wait
		answer=$(final_answer $((client_steps[main] - 1)))
	else
		step fsync fd=w
	fi
	# The kernel does not look (fs/fuse/file.c: fuse_writepage_end(), 6.18).
	like "$answer" '^fsync ok ' "held: $held: fsync(2) says that all is well"
	ok "its beginning is in SOURCE" cmp -n 4096 "$mnt/w" "$src/w"
	byte=$(cmp "$mnt/w" "$src/w" | sed 's/.*byte \([0-9]*\),.*/\1/') || true
	is $(((byte - 1) / 4096)) 1 "and the rest is lost"
	is "$(event_lines '.event == "injected" and .path == "/w"' | tail -n 1 |
		jq -c '[.action, .value, .length]')" '["short",4096,65536]' \
		"held: $held: a WRITE of writeback is shortened"
	gate clear >&2
	# Through the same pipe.
	for i in 3 4 5; do
		step write fd=w off=0 len=64k "gen=$i"
		step fsync fd=w
		like "$answer" ' ok ' "the next one is written"
	done
	ok "and is in SOURCE" cmp "$mnt/w" "$src/w"
done
is "$(event_count '.event == "unstable"')" 0 "no WRITE was seen to be unstable"
ok "all of them were looked at twice" \
	test $(($(counter live_writes) - live)) -ge 8
is "$(counter copied_writes)" 0 "none had lost its live view"
client_end || true
