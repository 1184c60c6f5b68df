#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run --on" a directory of xfs runs all there is for it, with
#           the verdicts of pinctl(1), the same in every repeat; an O_DIRECT write
#           to its range costs the bytes of a pin (ORPHAN).
# Refuted by: a verdict that is not in the table, or not in every repeat; a file
#             that stays; a scenario that says the same when its bytes go elsewhere
#             or when others are planted.
# Proof of coverage: the names are those of the list; the device of the filesystem
#                    has got a page and more for each run.
. "$srcdir/tests/lib/ondir.sh"
require_fuse
require_prog jq findmnt
require_block_filesystem xfs
plan 10
export TMPDIR=$tmp
make_image xfs xfs
mount_image xfs

before=$(sectors_written "$tmp/xfs")
check_table xfs "$tmp/xfs"
ok "xfs: its device was written to" test \
	$(($(sectors_written "$tmp/xfs") - before)) -gt $((runs * 50 * 8))
is "$(rows_run table | grep direct-write)" "direct-write ORPHAN" \
	"an O_DIRECT write takes the page from its file"
like "$(results table 'select(.scenario == "dio-read@direct-write:dir") | .note')" \
	"mapping old, read\(2\) old, store old" "the bytes of the pin are nowhere"
