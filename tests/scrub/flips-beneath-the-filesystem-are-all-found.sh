#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: bits that flip beneath SOURCE's filesystem, where no time stamp tells,
#           are found: scrub names each of a hundred blocks at random and no
#           other, offline and on a mount; also where memory still has the block
#           as it was.
# Refuted by: a flip that is not named, a block that is named and was not hit.
# Proof of coverage: the filesystem says where its blocks are, the flips are made
#                    in its image while it is not mounted; before them all
#                    matched.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_root
require_fuse
require_loop
require_prog jq mkfs.ext4 filefrag shuf
plan 7
blocks=$(full 262144 16384)
require_space "$tmp" $((blocks / 128 + 200))
truncate -s $((blocks / 256 + 100))M "$tmp/image"
mkfs.ext4 -q -b 4096 "$tmp/image"
mkdir -p "$tmp/disk"

mount_image() {
	mount -o loop "$tmp/image" "$tmp/disk"
}
undo_with umount_image
umount_image() {
	! mountpoint -q "$tmp/disk" || umount "$tmp/disk"
}

mount_image
mkdir "$tmp/disk/src" "$tmp/mnt"
start() {
	pinfs "$tmp/disk/src" "$tmp/mnt"
	adopt_pinfs @main "$tmp/disk/src" "$tmp/mnt" \
		"$(pinctl gate "$tmp/mnt" status | jq .pid)"
}
finish() {
	umount "$tmp/mnt"
	wait_for -t 60 process_gone "$daemon_pid"
}
start
fill "$mnt/a" "$blocks"
scrub "$mnt"
is "$(sums verified bad)" "$blocks 0" "all match"
finish

# "LOGICAL PHYSICAL LENGTH" of each extent, in blocks.
filefrag -v -b4096 "$tmp/disk/src/a" |
	sed -nE 's/^ *[0-9]+: *([0-9]+)\.\. *[0-9]+: *([0-9]+)\.\. *[0-9]+: *([0-9]+):.*/\1 \2 \3/p' \
	>"$tmp/extents"
shuf -i 0-$((blocks - 1)) -n 100 | sort -n >"$tmp/hit"
umount_image
awk 'NR == FNR { from[NR] = $1; to[NR] = $2; len[NR] = $3; n = NR; next }
	{
		for (i = 1; i <= n; i++)
			if ($1 >= from[i] && $1 < from[i] + len[i])
				print to[i] + $1 - from[i]
	}' "$tmp/extents" "$tmp/hit" >"$tmp/physical"
is "$(wc -l <"$tmp/physical")" 100 "a hundred blocks of the disk"
while read -r block; do
	flip "$tmp/image" "$block"
done <"$tmp/physical"

mount_image
scrub "$tmp/disk/src"
is "$status $(sums verified bad changed_files)" "1 $((blocks - 100)) 100 0" \
	"offline: a hundred"
is "$(mismatches | cut -d ' ' -f 2)" "$(cat "$tmp/hit")" "and those"
start
scrub "$mnt"
is "$status $(sums verified bad changed_files)" "1 $((blocks - 100)) 100 0" \
	"on a mount: a hundred"
is "$(mismatches | cut -d ' ' -f 2)" "$(cat "$tmp/hit")" "and those"

# The loop device reads its image through the page cache.
cat "$tmp/disk/src/a" >/dev/null
flip "$tmp/image" "$(head -n 1 "$tmp/physical")"
scrub "$mnt"
is "$(mismatches | cut -d ' ' -f 2)" "$(sed 1d "$tmp/hit")" \
	"flipped back beneath what memory has: one less"
finish
