#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: of O_DIRECT writes that are under way at once, to the same blocks, as a
#           loop device sends them, the recording has the order that SOURCE has;
#           and one that begins among them, with the content of that moment, lacks
#           none.
# Refuted by: a last image that is not SOURCE's file.
# Proof of coverage: how many of them were recorded, after a content that the file
#                    no longer has; each log was begun after some had been sent.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
rounds=$(full 20 2)
plan $((5 + 3 * rounds))

written() {
	[ "$(counter writes)" -ge "$1" ]
}

same_image() {
	rm -f "$tmp/image"
	log-image "$tmp/log" 0 "$1" ordered 0 "$tmp/image" &&
		cmp "$tmp/image" "$src/t"
}

mount_pinfs -o cache=none,csum=off,threads=8
head -c 64k /dev/urandom >"$mnt/t"
ino=$(stat -c %i "$mnt/t")
gate record "file=$tmp/log" "ino=$ino" base >&2
ok "writes at once" aio-writes "$mnt/t" 2000 1
ok "ended" gate record off
is "$(log-image "$tmp/log" | grep -c '^write ')" 2000 "all are recorded"
ok "the image is SOURCE's file" same_image last

# write_passes - each block once, from the first to the last, and again while
# nobody says stop: so what is missing of the last time stays missing.
write_passes() {
	until [ -e "$tmp/stop" ]; do
		dd if=/dev/urandom of="$mnt/t" bs=4k count=4096 oflag=direct \
			conv=notrunc status=none || return
	done
}

for ((round = 1; round <= rounds; round++)); do
	rm -f "$tmp/log" "$tmp/stop"
	before=$(counter writes)
	write_passes &
	writer=$!
	wait_for written $((before + 100))
	gate record "file=$tmp/log" "ino=$ino" base >&2
	wait_for written $(($(counter writes) + 100))
	touch "$tmp/stop"
	ok "round $round: all are written" wait "$writer"
	gate record off >&2
	diag "$(log-image "$tmp/log" | grep -c '^write ') of them"
	ok "round $round: the image is SOURCE's file" same_image last
	not_ok "round $round: and was another one" same_image 0
done
ok "unmounted" umount_pinfs
