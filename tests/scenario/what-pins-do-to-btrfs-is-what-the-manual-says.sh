#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run --on" a directory of btrfs runs all there is for it, with
#           the verdicts of pinctl(1), the same in every repeat; what an O_DIRECT
#           write to its range does to the bytes of a pin depends on whether there
#           are checksums, as capability dir-takes says.
# Refuted by: a verdict that is not in the table, or not in every repeat; a file
#             that stays; a scenario that says the same when its bytes go elsewhere
#             or when others are planted.
# Proof of coverage: the names are those of the list; the device of the filesystem
#                    has got a page and more for each run; the two columns differ.
. "$srcdir/tests/lib/ondir.sh"
require_fuse
require_prog jq findmnt
require_block_filesystem btrfs
plan 12
export TMPDIR=$tmp

# known_with FILE - the capabilities by which a direct write's verdict is known.
known_with() {
	results "$1" 'select(.scenario == "dio-read@direct-write:dir") |
		.known.capabilities'
}
make_image btrfs sums
mount_image sums
before=$(sectors_written "$tmp/sums")
check_table btrfs "$tmp/sums"
ok "btrfs: its device was written to" test \
	$(($(sectors_written "$tmp/sums") - before)) -gt $((runs * 50 * 8))
is "$(known_with table)" '!dir-takes' "with checksums it takes no pages"

make_image btrfs nosums
mount_image nosums nodatasum
ok "nosum: all is as known" run_table nosum "$tmp/nosums"
is "$(rows_run nosum)" "$(rows_manual nosum)" \
	"nosum: the verdicts are those of pinctl(1)"
is "$(known_with nosum)" 'dir-takes' "without checksums it does"
