#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what a program has written and the kernel has not yet written back
#           is no hole for another program that looks for holes; and of files
#           that nobody writes the holes are shown.
# Refuted by: a copy that lacks bytes, or a copy of a sparse file that is not.
# Proof of coverage: SOURCE has nothing of the bytes while the copy is made.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
plan 6

mount_pinfs
truncate -s 16M "$mnt/sparse"
printf x | dd of="$mnt/sparse" bs=1 seek=8M conv=notrunc status=none
ok "a sparse file is copied" cp --sparse=auto "$mnt/sparse" "$tmp/sparse"
ok "with its hole" test "$(stat -c %b "$tmp/sparse")" -lt 1000

truncate -s 1M "$mnt/dirty"
client_start
step open fd=t path=dirty
step write fd=t off=512k len=64k gen=1
is "$(stat -c %b "$src/dirty")" 0 "SOURCE has only a hole"
cp --sparse=auto "$mnt/dirty" "$tmp/dirty"
ok "the copy has the bytes" cmp "$mnt/dirty" "$tmp/dirty"
not_ok "which are not zeros" cmp -s -n 1048576 "$tmp/dirty" /dev/zero
client_end
umount_pinfs
pass "unmounted"
