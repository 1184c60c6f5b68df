#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: bytes that a pin brings between the checksum and the device make btrfs
#           lose what fsync(2) has promised, every time: a copy of the device gives
#           EIO for that block, and the kernel's log names inode and block. Without
#           a pinned write, and without checksums, it does not; ext4, xfs and btrfs
#           without checksums have other bytes than those that fsync(2) began with,
#           by a pin, and the first two by a store as well.
# Refuted by: a run that ends otherwise; a checksum error that the log does not
#             have, or of another inode or block; one in the control.
# Proof of coverage: what was seen of the copy is counted for every run, and the
#                    inodes, another each time, are looked up in the kernel's log.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_loop
require_prog jq mkfs.btrfs
require_filesystem btrfs
[ -e /sys/fs/btrfs/features/temp_fsid ] ||
	skip_all "this kernel's btrfs cannot mount a copy (temp_fsid)"
[ -w /dev/kmsg ] || skip_all "nobody may write to the kernel's log here"
plan 14
mount_pinfs
times=$(full 50 5)

# attack SCENARIO - that many times; what was seen of the copies to $tmp/left.
attack() {
	timeout 400 pinctl run --mnt="$mnt" --verbose --json \
		--repeat="$times" "$1@writeback:stage:$2" \
		>"$tmp/out" 2>"$tmp/steps" || return
	sed -n 's/^# left: //p' "$tmp/steps" >"$tmp/left"
	jq -e -s --argjson n "$times" --arg verdict "$3" '[.[] |
		select(.scenario) | .verdicts] == [{($verdict): $n}]' \
		"$tmp/out" >&2
}
# seen TEXT - how often has the copy been just that?
seen() {
	grep -c -x -E "$1" "$tmp/left" || true
}
# said - what the kernel has since said about checksums: "INODE OFFSET".
said() {
	dmesg | sed "1,/$mark/d" | sed -n \
		's/.*csum failed root 5 ino \([0-9]*\) off \([0-9]*\) .*/\1 \2/p'
}
# mark_log - what is in the kernel's log so far does not count.
mark_log() {
	mark="pinfs test $$ $RANDOM"
	echo "$mark" >/dev/kmsg
}

old='the device has the bytes that fsync\(2\) began with'
new='the device has the later bytes'
eio='the filesystem cannot read the block: EIO, csum failed ino [0-9]+ off 0'

mark_log
ok "btrfs, a pin: UNSTABLE $times times" attack dio-read btrfs UNSTABLE
is "$(seen "$eio")" "$times" "each copy says EIO, with inode and block"
sed 's/.* ino //; s/ off / /' "$tmp/left" | sort -u >"$tmp/named"
is "$(wc -l <"$tmp/named")" "$times" "of another file each time"
is "$(said | sort -u | comm -13 - "$tmp/named")" '' \
	"and the kernel's log has each of them"

mark_log
ok "btrfs, nobody writes: STABLE $times times" attack none btrfs STABLE
is "$(seen "$old")" "$times" "each copy has the right bytes"
ok "btrfs, a store: BLOCKED $times times" attack store btrfs BLOCKED
is "$(seen "$old")" "$times" "each copy has the right bytes"
ok "btrfs without checksums, a pin: UNSTABLE $times times" \
	attack dio-read btrfs-nodatasum UNSTABLE
is "$(seen "$new")" "$times" "each copy has wrong bytes, and says nothing"

for kind in ext4 xfs; do
	if ! command -v "mkfs.$kind" >/dev/null ||
		! grep -qw "$kind" /proc/filesystems; then
		skip 2 "$kind cannot be made here"
		continue
	fi
	for writer in dio-read store; do
		ok "$kind, $writer: other bytes $times times" \
			eval "attack $writer $kind UNSTABLE &&
				[ \"\$(seen '$new')\" = $times ]"
	done
done
