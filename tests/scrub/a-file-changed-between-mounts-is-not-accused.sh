#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a file that was changed while pinfs was not there is unverified and
#           said so, and no block of it is blamed; the others keep their
#           checksums. So on a mount and offline.
# Refuted by: a mismatch; a file not said to be changed; one that is and was not.
# Proof of coverage: the blocks matched before; the change is a flip, which is
#                    blamed where it happens during a mount.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_prog jq
plan 9
mount_pinfs
fill "$mnt/a" 5
fill "$mnt/b" 7
umount_pinfs
scrub "$src"
is "$(sums files verified changed_files)" '2 12 0' "all match"

flip "$src/a" 2
like "$(pinctl scrub "$src")" '/a: was changed while pinfs was not there' \
	"offline: a line"
scrub "$src"
is "$status" 0 "status 0"
is "$(sums verified unverified bad)" '7 5 0' "unverified, not accused"

scrub --adopt "$src"
flip "$src/b" 3
mount_pinfs
scrub "$mnt"
is "$status" 0 "on a mount: status 0"
is "$(sums verified unverified bad changed_files)" '5 7 0 1' \
	"unverified, not accused"
is "$(event_count '.event == "adopted" and .path == "/b"')" 1 "with an event"
scrub "$mnt"
is "$(sums changed_files)" 0 "and only once"
flip "$src/a" 3
scrub "$mnt"
is "$(sums bad)" 1 "a flip during the mount is blamed"
