#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run --on" a directory of another FUSE filesystem runs all there
#           is for it, with the verdicts of pinctl(1), the same in every repeat.
# Refuted by: a verdict that is not in the table, or not in every repeat; a file
#             that stays, in the directory or in what is below it; an event of the
#             other filesystem, whose pages nobody changes under writeback.
# Proof of coverage: the names are those of the list; the other filesystem has got
#                    writes.
. "$srcdir/tests/lib/ondir.sh"
require_root
require_fuse
require_prog jq
plan 10
export TMPDIR=$tmp

mount_pinfs
check_table pinfs "$mnt"
is "$(find "$src" -name '*pinctl-*' -o -name '.fuse_hidden*')" '' \
	"nothing stays in SOURCE of the other mount"
ok "the other mount has been written to" test "$(counter writes)" -gt 50
is "$(event_lines '.event != "mount"')" '' "and has seen nothing"
