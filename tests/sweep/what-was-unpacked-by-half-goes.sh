#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what somebody has unpacked by half who was killed goes when the next
#           package is unpacked, whichever it is; what is being unpacked stays.
# Refuted by: a half of a kernel that nobody makes and that stays; one that is
#             removed under its maker's hands.
# Proof of coverage: both are there before, one of them locked.
. "$srcdir/tests/lib/vmkernel.sh"
require_prog ar xz flock
plan 4

fake_tree "$tmp/tree" 6.99.1-fake
fake_deb "$tmp/a.deb" linux-image-fake 6.99.1-1 "$tmp/tree"
kernels=$PINFS_VM_CACHE/kernels
for name in dead alive; do
	mkdir -p "$kernels/package-$name.tmp/modules/kernel"
	echo half >"$kernels/package-$name.tmp/modules/kernel/xfs.ko"
	: >"$kernels/package-$name.lock"
done
exec 7>"$kernels/package-alive.lock"
flock 7
is "$(find "$kernels" -name '*.tmp' | wc -l)" 2 "two are half made"
like "$(found image "$tmp/a.deb")" '/vmlinuz$' "another one is unpacked"
not_ok "what nobody makes has gone" test -e "$kernels/package-dead.tmp"
ok "what is being made is as it was" \
	test -s "$kernels/package-alive.tmp/modules/kernel/xfs.ko"
exec 7>&-
