#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: of a recording, the images of what is durable have, at each point,
#           all that a workload had synced before the last mark there; what was
#           written while its FSYNC waited at a gate is not among it. With O_DSYNC
#           on an uncached mount a write is durable without one.
# Refuted by: an image without a block whose mark has been set; a block that no
#             sync was asked for after it, and that cannot be lost.
# Proof of coverage: blocks that were never synced are missing in the image, and
#                    are there when everything has arrived.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 24
rounds=$(full 30 4)

# put BLOCK CHAR [OPERAND...] - a block of this character, by O_DIRECT.
put() {
	dd if="$tmp/block-$2" of="$mnt/t" bs=4k seek="$1" conv=notrunc \
		oflag=direct status=none "${@:3}"
}

# image POINT KIND
image() {
	rm -f "$tmp/image"
	log-image "$tmp/log" "$ino" "$1" "$2" 0 "$tmp/image"
}

# has BLOCK CHAR - the image has it.
has() {
	cmp -s -n 4096 -i "$(($1 * 4096)):0" "$tmp/image" "$tmp/block-$2"
}

begin() {
	: >"$mnt/t"
	ino=$(stat -c %i "$mnt/t")
	rm -f "$tmp/log"
	gate record "file=$tmp/log" "ino=$ino" >&2
}

# all_marked - each point's durable image has the blocks of its marks.
all_marked() {
	local record marks pending text n=0 block
	while read -r record marks pending text; do
		image "$n" flushed || return
		for ((block = 1; block <= marks; block++)); do
			if ! has "$block" s; then
				diag "point $n, behind record $record, mark" \
					"$text, $pending pending: no block $block"
				return 1
			fi
		done
		n=$((n + 1))
	done < <(log-image "$tmp/log" "$ino")
	[ "$n" -ge $((3 * rounds)) ]
}

for char in s u w x; do
	head -c 4096 /dev/zero | tr '\0' "$char" >"$tmp/block-$char"
done
mount_pinfs -o cache=none
begin
for ((i = 1; i <= rounds; i++)); do
	put $((100 + i)) u
	put "$i" s conv=notrunc,fsync
	gate record "mark=$i" >&2
done
put 200 x
ok "ended" gate record off
ok "at each point all that was promised is there" all_marked
image last flushed
ok "what came before a sync is durable, too" has 101 u
not_ok "what was never synced can be lost" has 200 x
image last ordered
ok "and can be there" has 200 x
is "$(log-image "$tmp/log" "$ino" | tail -n 1 | cut -d' ' -f2-)" \
	"$rounds 1 $rounds" "the last point has all marks and one change pending"

# The kernel keeps a write(2) waiting while an FSYNC is under way, but not a WRITE
# that is under way itself: an AIO write of block 2.
begin
put 1 s
put 4 u
ok "a WRITE waits" gate hold op=write name=w deadline=20s
direct-writer "$mnt/t" aio 4096 0 </dev/null >&2 &
writer=$!
gate wait name=w >&2
ok "an FSYNC waits" gate hold op=fsync name=f deadline=20s
sync "$mnt/t" &
syncer=$!
ok "at its arrival" gate wait name=f
gate release name=w >&2
ok "the WRITE ends meanwhile" wait "$writer"
gate release name=f >&2
wait "$syncer"
gate record "mark=synced" >&2
gate clear >&2
ok "ended" gate record off
image last flushed
ok "what it was asked for is durable" has 1 s
not_ok "what came while it waited is not" has 2 w
image last ordered
ok "and can be there" has 2 w

begin
put 1 s
gate inject op=fsync error=EIO count=1 >&2
not_ok "an FSYNC is answered with an error on arrival" sync "$mnt/t"
gate record off >&2
image last flushed
not_ok "and makes nothing durable" has 1 s

begin
put 3 s oflag=direct,dsync
put 2 u
ok "O_DSYNC: ended" gate record off
log-image "$tmp/log" >"$tmp/records"
ok "no sync was asked for" eval "! grep -q sync '$tmp/records'"
image last flushed
ok "what was written so is durable" has 3 s
not_ok "another write is not" has 2 u
umount_pinfs

mount_pinfs -o cache=writeback
begin
cat "$tmp/block-s" "$tmp/block-s" >"$mnt/t"
ok "from the page cache" sync "$mnt/t"
gate record "mark=1" >&2
gate record off >&2
image last flushed
ok "its first block" has 0 s
ok "and its second one are durable" has 1 s
ok "unmounted" umount_pinfs
