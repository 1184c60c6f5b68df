#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with no room for checksums, files can be written all the same; those
#           whose checksums cannot be written have none from then on, and what
#           has some matches them, also after the daemon was killed.
# Refuted by: a call that fails, a "media" event, other bytes.
# Proof of coverage: files whose checksums were abandoned, and blocks that were
#                    verified.
. "$srcdir/tests/lib/store.sh"
require_root
require_fuse
require_prog jq
plan 8

state=$tmp/state
mkdir "$state"
mount -t tmpfs -o size=64k none "$state"
undo_with umount -l "$state"
options=cache=none,threads=16,state=$state/s

same_bytes() {
	local file
	for file in "$want"/*; do
		cmp "$mnt/${file##*/}" "$file" || return
	done
}

# has_written COUNT
has_written() {
	[ "$(counter writes)" -gt "$1" ]
}

not_mounted() {
	! is_mounted "$mnt"
}

mount_pinfs -o "$options"
# Its checksums come before all others, while there is room.
put early 0 20000
ok "no call fails" store-stress "$mnt" 2 8 3
for i in {1..20}; do
	put "file$i" 0 20000
done
for i in 1 7 13; do
	put "file$i" 5000 100000
	both truncate -s 90000 "@/file$i"
done
ok "checksums were abandoned" test "$(counter abandoned_files)" -gt 0
is "$(counter media_blocks)" 0 "nothing was accused"
ok "mounted again" remount -o "$options"
ok "the bytes are right" same_bytes
store-stress "$mnt" 60 8 4 >/dev/null 2>&1 &
stress=$!
wait_for has_written 500
kill_pinfs
wait "$stress" || true
wait_for not_mounted
mount_pinfs -o "$options"
ok "all can be read after a kill" \
	md5sum "$mnt/early" "$mnt/stress0" "$mnt/stress1" "$mnt/stress2"
ok "and some was verified" test "$(counter verified_blocks)" -gt 0
ok "unmounted" umount_pinfs
