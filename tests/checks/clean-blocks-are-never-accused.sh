#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a program that declares what it writes by O_DIRECT and shows what it
#           reads, and changes nothing behind anybody's back, causes no event:
#           20,000 blocks (10^6 with PINFS_TEST_FULL=1), the last one cut.
# Refuted by: an event, a declaration that is left, a block that differs.
# Proof of coverage: the installed example writes random bytes; the blocks it
#                    declared are compared with the daemon's counters, and WRITEs
#                    were also looked at in their buffers (peek=on).
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
require_space "${TMPDIR:-/tmp}" 200
plan 6
PATH=$top_builddir/man:$PATH
bytes=41000000		# 10010 blocks, the last with 3,136 bytes
blocks=10010
rounds=$(full 100 2)

mount_pinfs -o peek=on
status=0
for ((i = 0; i < rounds; i++)); do
	head -c "$bytes" /dev/urandom | declare-example "$mnt/t" \
		>"$tmp/example" || status=$?
done
is "$status" 0 "the example ends well"
is "$(cat "$tmp/example")" "$mnt/t: $blocks blocks declared, 0 outstanding, \
$blocks compared, 0 differ" "and says so"
is "$(counter declared_blocks)" "$((rounds * blocks))" \
	"all blocks were compared with their declarations"
is "$(counter receipt_blocks)" "$((rounds * blocks))" \
	"and with their receipts"
# A writer that is on its way to sleep, on a busy machine, is not looked at.
peeks=$(counter peeks) void=$(counter peeks_void)
diag "$peeks looks, $void of them void"
ok "WRITEs were looked at in their buffers, each or nearly each" \
	test "$((peeks + void))" -eq "$(counter direct_writes)" -a \
	"$((void * 10))" -le "$peeks"
is "$(event_count '.event != "mount"')" 0 "nothing was found"
umount_pinfs
