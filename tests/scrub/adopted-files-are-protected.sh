#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: files that pinfs has never seen are unverified; --adopt gives their
#           blocks checksums, offline and on a mount, by which a flip is found
#           from then on, also by the other of the two. Without it nothing is
#           made in SOURCE.
# Refuted by: a flip before that is blamed; one after that is not; a state
#             directory that a mere look has made.
# Proof of coverage: the numbers of blocks in each state.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_prog jq
plan 19
mkdir -p "$tmp/main/src" "$tmp/other"
fill "$tmp/main/src/old" 1100
truncate -s 1M "$tmp/main/src/hole"
: >"$tmp/main/src/empty"

scrub "$tmp/main/src"
is "$status" 0 "never seen: status 0"
is "$(sums files blocks unverified)" '3 1100 1100' "all is unverified"
is "$(ls -A "$tmp/main/src")" "$(printf 'empty\nhole\nold')" \
	"and nothing was made"

scrub --adopt "$tmp/main/src"
is "$status" 0 "adopted: status 0"
is "$(sums blocks adopted unverified)" '1100 1100 0' "all have checksums"
is "$(find "$tmp/main/src/.pinfs/csum" -mindepth 3 -type f | wc -l)" 1 \
	"but what has no data"
scrub "$tmp/main/src"
is "$(sums blocks verified changed_files)" '1100 1100 0' "and match"

mount_pinfs
scrub "$mnt"
is "$(sums blocks verified)" '1100 1100' "also on a mount"
stored=$(digest "$src/old" 1099)
flip "$src/old" 1099
scrub "$mnt"
is "$(mismatches)" "/old 1099 $stored $(digest "$src/old" 1099)" \
	"where a flip is found"
not_ok "and not read" dd if="$mnt/old" of=/dev/null bs=4096 skip=1099 \
	iflag=direct status=none

# What comes to SOURCE beside the mount is not pinfs's either.
fill "$src/new" 600
scrub "$mnt" new
is "$(sums blocks unverified)" '600 600' "a file pinfs did not write"
scrub --adopt "$mnt" new
is "$(sums blocks adopted)" '600 600' "is adopted on the mount"
scrub --adopt "$mnt"
is "$(sums verified adopted bad)" '1699 0 1' \
	"which does not adopt what is bad"
flip "$src/new" 300
scrub "$mnt" new
is "$(sums verified bad)" '599 1' "a flip is found"
flip "$src/new" 300
umount_pinfs
scrub "$src" new
is "$(sums verified changed_files)" '600 0' "offline, too"

scrub --adopt "$src"
: >"$src/late"
fill "$src/late" 20
scrub --adopt "$src" late
flip "$src/late" 2
scrub "$src" late
is "$(sums unverified changed_files bad)" '20 1 0' \
	"what changes after it was adopted is not accused"

scrub --adopt --state="$tmp/state" "$tmp/other"
ok "another state directory" test -d "$tmp/state/csum"
is "$(ls -A "$tmp/other")" '' "is the only one"
exits 3 "without --adopt it has to be there" \
	pinctl scrub --state="$tmp/none" "$tmp/other"
