#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run --on" a directory of overlayfs, and of another FUSE
#           filesystem, runs all there is for it, with the verdicts of pinctl(1),
#           the same in every repeat.
# Refuted by: a verdict that is not in the table, or not in every repeat; a file
#             that stays, in the directory or in what is below it; an event of the
#             FUSE filesystem, whose pages nobody changes under writeback.
# Proof of coverage: the names are those of the list; the FUSE filesystem has
#                    got writes.
. "$srcdir/tests/lib/ondir.sh"
require_fuse
require_prog jq
require_filesystem overlay
require_block_filesystem ext4
plan 18
export TMPDIR=$tmp

make_image ext4 ext4
mount_image ext4
mkdir "$tmp/lower" "$tmp/ext4/upper" "$tmp/ext4/work" "$tmp/overlay"
undo_with unmount "$tmp/overlay"
mount -t overlay -o "lowerdir=$tmp/lower,upperdir=$tmp/ext4/upper" \
	-o "workdir=$tmp/ext4/work" none "$tmp/overlay"
check_table overlay "$tmp/overlay"
is "$(find "$tmp/ext4/upper" -mindepth 1)" '' "nothing stays in its upper layer"

mount_pinfs @patient
check_table pinfs "$mnt"
is "$(find "$src" -name '*pinctl-*' -o -name '.fuse_hidden*')" '' \
	"nothing stays in SOURCE of the other mount"
ok "the other mount has been written to" test "$(counter writes)" -gt 50
is "$(event_lines '.event != "mount"')" '' "and has seen nothing"
