#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: of "pinctl run --on": an fsync(2) that fails is in the note and bytes
#           decide; a store that cannot be read is LOST, and that it was not read
#           with O_DIRECT is said; and what the kernel's log says about the device
#           of the filesystem is in the note.
# Refuted by: another verdict; a note without it; an ERROR.
# Proof of coverage: the filesystem is one in which the test makes each of these
#                    happen, once: another pinfs mount, and btrfs whose device is a
#                    file on that; without them the note has nothing of it.
. "$srcdir/tests/lib/ondir.sh"
require_root
require_fuse
require_prog jq
plan 9
export TMPDIR=$tmp
mount_pinfs

# said DIR - verdict and note of a scenario whose second fsync(2) is the last.
said() {
	timeout 60 pinctl run --json --on="$1" dio-read@munmap:dir >"$tmp/said.json" ||
		true
	results said '.verdict + ": " + .note'
}
hits() {
	gate list | jq ".gates[] | select(.name == \"$1\") | .hits"
}

unlike "$(said "$mnt")" 'fail|EIO|kernel' "a filesystem that is well says nothing"
gate inject op=fsync nth=2 count=1 error=EIO name=fsync >&2
like "$(said "$mnt")" '^STABLE: .*; fsync\(2\) failed: EIO' \
	"an fsync(2) that fails is said, and the bytes are there"
is "$(hits fsync)" 1 "there was one"
gate clear name=fsync >&2

gate inject op=read size=4096 error=EIO name=read >&2
like "$(said "$mnt")" '^LOST: .*store unseen.*; reading the store failed: EIO' \
	"a store that cannot be read is lost"
gate clear name=read >&2

# The second open(2) of the file is the one with O_DIRECT.
gate inject op=open nth=2 count=1 error=EINVAL name=open >&2
like "$(said "$mnt")" \
	'^STABLE: .*; store by read\(2\), after the cache was dropped' \
	"without O_DIRECT the note says how it was read"
gate clear name=open >&2

if ! command -v mkfs.btrfs >/dev/null || ! grep -qw btrfs /proc/filesystems ||
	! [ -e /dev/loop-control ] || ! head -c 0 /dev/kmsg; then
	skip 4 "no mkfs.btrfs, no btrfs, no loop devices or no /dev/kmsg"
	exit
fi
truncate -s 320M "$mnt/image"
mkfs.btrfs -q "$mnt/image" >&2
device=$(losetup --find --show --direct-io=on "$mnt/image")
undo_with losetup -d "$device"
mkdir "$tmp/btrfs"
undo_with unmount "$tmp/btrfs"
mount "$device" "$tmp/btrfs"
unlike "$(said "$tmp/btrfs")" 'fail|EIO|kernel' "btrfs that is well says nothing"
gate inject op=read at=reply path=/image size=4096 flip=77 name=flip >&2
words=$(said "$tmp/btrfs")
like "$words" "^LOST: .*; reading the store failed: EIO; kernel: " \
	"a checksum that does not fit is lost"
like "$words" "kernel: BTRFS [a-z]+ \(device ${device#/dev/}.*csum failed" \
	"in the words of the kernel's log"
ok "bits were flipped" test "$(hits flip)" -gt 0
gate clear name=flip >&2
