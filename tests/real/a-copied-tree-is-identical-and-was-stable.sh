#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a tree of 20,000 files (2,000 in the short form) copied to the mount
#           is identical in SOURCE and through the mount, and no page of it
#           changed under writeback.
# Refuted by: a difference, an event.
# Proof of coverage: blocks of another file that are rewritten meanwhile are
#                    reported (restless.sh); each byte was looked at twice.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/restless.sh"
require_fuse
require_prog jq
files=$(full 20000 2000)
require_space "$tmp" $((files / 15 + 100))
plan 8
seed=$RANDOM
diag "seed $seed"
file-tree "$tmp/tree" "$files" "$seed"
bytes=$(find "$tmp/tree" -type f -printf '%s\n' | awk '{ n += $1 }
	END { print n }')
diag "$bytes bytes"

mount_pinfs -o event_limit=1000000
restless_start
ok "$files files are copied" cp -a "$tmp/tree" "$mnt/tree"
restless_end
is "$(find "$src/tree" ! -type d | wc -l)" "$files" "SOURCE has $files files"
ok "the same as the original" diff -r --no-dereference "$tmp/tree" "$src/tree"
ok "so are they through the mount" \
	diff -r --no-dereference "$tmp/tree" "$mnt/tree"
is "$(counter live_writes),$(counter copied_writes)" "$(counter writes),0" \
	"all WRITEs were looked at twice"
ok "all bytes were in WRITEs" test "$(counter written_bytes)" -ge "$bytes"
umount_pinfs
