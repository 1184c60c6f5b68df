#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run --on" a directory of overlayfs runs all there is for it,
#           with the verdicts of pinctl(1), the same in every repeat: those of the
#           filesystem that its upper layer is on.
# Refuted by: a verdict that is not in the table, or not in every repeat; a file
#             that stays, in the directory or in its upper layer.
# Proof of coverage: the names are those of the list; the device of the upper layer
#                    has got a page and more for each run.
. "$srcdir/tests/lib/ondir.sh"
require_fuse
require_prog jq findmnt
require_filesystem overlay
require_block_filesystem ext4
plan 10
export TMPDIR=$tmp

make_image ext4 ext4
mount_image ext4
mkdir "$tmp/lower" "$tmp/ext4/upper" "$tmp/ext4/work" "$tmp/overlay"
undo_with unmount "$tmp/overlay"
mount -t overlay -o "lowerdir=$tmp/lower,upperdir=$tmp/ext4/upper" \
	-o "workdir=$tmp/ext4/work" none "$tmp/overlay"
before=$(sectors_written "$tmp/ext4")
check_table overlay "$tmp/overlay"
is "$(find "$tmp/ext4/upper" -mindepth 1)" '' "nothing stays in its upper layer"
ok "the device below was written to" test \
	$(($(sectors_written "$tmp/ext4") - before)) -gt $((runs * 50 * 8))
is "$(rows_manual overlay)" "$(rows_manual ext4)" \
	"the page says of it what it says of what it lies on"
