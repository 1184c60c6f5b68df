#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the part of a block that is not written is corrupt, writing,
#           truncating or making a hole in the other part fails with EIO; with
#           verify=report it succeeds, and the block is bad as before. A copy of
#           a corrupt block is corrupt. Writing all of it makes it good.
# Refuted by: a block that can be read with a byte that nobody wrote.
# Proof of coverage: the flipped bit is still there when the block is read.
. "$srcdir/tests/lib/store.sh"
require_fuse
require_prog jq xfs_io
plan 21

# try MESSAGE COMMAND... - fails, with that message.
try() {
	local message=$1
	shift
	if "$@" 2>"$tmp/error"; then
		return 1
	fi
	grep -q "$message" "$tmp/error"
}

write_part() {
	dd if=/dev/zero of="$mnt/file" bs=512 seek=2 count=1 conv=notrunc \
		oflag=direct status=none
}

mount_pinfs -o cache=none
put file 0 12288
flip file 0
ok "a write of a part fails" try "Input/output" write_part
ok "so does truncating into it" \
	try "Input/output" truncate -s 2000 "$mnt/file"
ok "and a hole in it" \
	try "Input/output" fallocate -p -o 1000 -l 100 "$mnt/file"
ok "each said why" test \
	"$(event_lines '.event == "media"' | jq -r .during | tr '\n' ' ')" = \
	"write truncate fallocate "
is "$(stat -c %s "$src/file")" 12288 "SOURCE is as it was"
flip file 0
ok "the bit turned back, all is right" cmp "$mnt/file" "$want/file"

flip file 0
ok "with verify=report" remount -o cache=none,verify=report
ok "a write of a part is taken" write_part
ok "a hole in it, too" fallocate -p -o 1000 -l 100 "$mnt/file"
ok "it can be read" cat "$mnt/file"
is "$(accused file)" 0 "and is accused"
ok "with verify=fail" remount -o cache=none
is "$(bad_blocks file)" 0 "it is bad"
flip file 0
is "$(bad_blocks file)" 0 "also without the flipped bit: nobody knows"
ok "a copy by blocks" xfs_io -f -c "copy_range -l 12288 $mnt/file" "$mnt/copy"
is "$(bad_blocks copy)" 0 "is as bad"
not_ok "a copy by bytes fails" dd if="$mnt/file" of="$mnt/copy2" bs=100 count=1
ok "writing the whole block" put file 0 4096
is "$(bad_blocks file)" "" "makes it good"
ok "with its bytes" cmp "$mnt/file" "$want/file"
ok "unmounted" umount_pinfs
