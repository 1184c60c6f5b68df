#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a program whose O_DIRECT writes, O_DIRECT reads into a mapping,
#           splices to and from files, sendfiles and mapped stores never touch a
#           page that is under writeback causes no event at all, and reads what
#           it wrote.
# Refuted by: any event but the mount's own, a byte that is wrong.
# Proof of coverage: its WRITEs were looked at twice, thousands of blocks; one
#                    that does not wait, on the same mount, causes events.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/restless.sh"
require_fuse
require_prog jq
operations=$(full 50000 2000)
plan 9
mount_pinfs -o event_limit=1000000
seed=$RANDOM
diag "seed $seed"
mkdir "$mnt/calm"

ok "$operations operations, each byte as it was written" \
	calm-writer "$mnt/calm" "$operations" "$seed"
is "$(event_lines true | jq -r .event)" mount "no event at all"
is "$(counter unstable_blocks),$(counter copied_writes)" 0,0 "nor a counted one"
ok "many blocks were looked at twice" \
	test "$(counter rechecked_blocks)" -ge "$operations"
is "$(find "$src/calm" -type f | wc -l)" 5 "all its files are in SOURCE"
ok "with the same bytes" diff -r "$src/calm" "$mnt/calm"

restless_start
pass "who does not wait causes events"
restless_end
