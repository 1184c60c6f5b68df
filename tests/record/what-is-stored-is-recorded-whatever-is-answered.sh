#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a recording has what SOURCE has got: nothing of a request that a gate
#           answers on arrival, all of one whose answer is an error or is held,
#           the part that is left of a shortened one, the wrong bit of a flipped
#           one, and of a WRITE that SOURCE takes in part that part.
# Refuted by: other records; an image that is not SOURCE's file.
# Proof of coverage: the number and lengths of the records, request by request.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 18

# put BLOCK [BLOCKS] - by O_DIRECT; may fail.
put() {
	dd if=/dev/urandom of="$mnt/t" bs=$((${2-1} * 4096)) count=1 \
		iflag=fullblock seek="$1" conv=notrunc oflag=direct,seek_bytes \
		status=none
}

# records - "TYPE LENGTH ..." of all so far.
records() {
	log-image "$tmp/log" | cut -d' ' -f1,4 | tr '\n' ' '
}

same_image() {
	rm -f "$tmp/image"
	log-image "$tmp/log" "$ino" last ordered 0 "$tmp/image" &&
		cmp "$tmp/image" "$src/t"
}

mount_pinfs -o cache=none
: >"$mnt/t"
ino=$(stat -c %i "$mnt/t")
gate record "file=$tmp/log" "ino=$ino" >&2

gate inject op=write error=EIO count=1 >&2
not_ok "an error on arrival" put 0
is "$(records)" '' "is not recorded"
gate inject op=write at=reply error=EIO count=1 >&2
not_ok "an error in the reply" put 4096
is "$(records)" 'write 4096 ' "is recorded: it was done"
gate inject op=write short=512 count=1 >&2
ok "a shortened write goes on with the rest" put 8192
is "$(records)" 'write 4096 write 512 write 3584 ' "and each part is recorded"
gate inject op=write flip=9 count=1 >&2
ok "a flipped bit is not told" put 12288
ok "and is in the image" same_image

gate clear >&2
gate hold op=write at=reply deadline=20s >&2
put 16384 &
writer=$!
ok "an answer is held" gate wait held=1
is "$(records)" 'write 4096 write 512 write 3584 write 4096 write 4096 ' \
	"and what it says is recorded"
gate clear >&2
wait "$writer"
ok "unmounted" umount_pinfs

# A SOURCE that gets full within a WRITE.
mkdir "$tmp/small"
mount -t tmpfs -o size=1m none "$tmp/small"
undo_with umount -l "$tmp/small"
mkdir -p "$tmp/full/mnt"
mkdir "$tmp/small/src"
pinfs "$tmp/small/src" "$tmp/full/mnt" -o "cache=none,csum=off,state=$tmp/state"
adopt_pinfs @full "$tmp/small/src" "$tmp/full/mnt" \
	"$(pinctl status "$tmp/full/mnt" --json | jq .pid)"
use_mount full
rm "$tmp/log"
: >"$mnt/t"
ino=$(stat -c %i "$mnt/t")
ok "SOURCE is small" gate record "file=$tmp/log" "ino=$ino"
put 0 64
not_ok "a write that does not fit" put 262144 224
ok "left a part" test "$(stat -c %s "$src/t")" -gt 262144
ok "which is in the image" same_image
unlike "$(records)" 'write 917504 ' "the whole is not"
is "$(counter write_errors)" 1 "it was SOURCE's error"
ok "unmounted" umount "$mnt"
