#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a bit that flips in SOURCE is found by scrub, on the mount and when
#           it is unmounted, with path, block and both checksums, and nothing
#           else is; on the mount it is a media event, too.
# Refuted by: a flip that is not found, a wrong block or checksum, another block
#             that is blamed, a wrong exit status.
# Proof of coverage: the same blocks match before the flip; the checksums are
#                    those of the file's bytes before and after.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_prog jq
plan 17
mount_pinfs
mkdir "$mnt/dir"
fill "$mnt/a" 700
fill "$mnt/dir/b" 3

scrub "$mnt"
is "$status" 0 "a clean mount: status 0"
is "$(sums files blocks verified unverified untrusted bad errors)" \
	'2 703 703 0 0 0 0' "all blocks match"
exits 0 "by its lines, too" pinctl scrub "$mnt"
is "$(pinctl scrub --quiet "$mnt")" '' "which --quiet leaves out"

stored=$(digest "$src/a" 600)
flip "$src/a" 600
is_now=$(digest "$src/a" 600)
scrub "$mnt"
is "$status" 1 "a flip on a mount: status 1"
is "$(mismatches)" "/a 600 $stored $is_now" "it is found"
is "$(sums blocks verified bad)" '703 702 1' "and nothing else"
is "$(event_count '.event == "media" and .during == "scrub" and
	.path == "/a" and .block == 600 and .offset == 2457600 and
	.length == 4096 and .stored == "'"$stored"'" and
	.found == "'"$is_now"'"')" 1 "it is a media event"
is "$(event_count '.event == "media"')" 1 "the only one"
is "$(counter media_blocks)" 1 "and counted"
is "$(pinctl scrub -q "$mnt")" \
	"/a block 600 (offset 2457600): stored $stored found $is_now" \
	"its line"
exits 0 "another part of the tree is clean" pinctl scrub "$mnt" /dir

umount_pinfs
scrub "$src"
is "$status" 1 "offline: status 1"
is "$(mismatches)" "/a 600 $stored $is_now" "it is found"
is "$(sums files blocks verified bad)" '2 703 702 1' "and nothing else"
exits 0 "another part of the tree is clean" pinctl scrub "$src" dir/b
flip "$src/a" 600
mount_pinfs
scrub "$mnt"
is "$(sums changed_files bad)" '1 0' \
	"flipped back by a write, it is a changed file"
