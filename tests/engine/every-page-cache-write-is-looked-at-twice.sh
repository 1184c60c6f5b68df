#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: every WRITE of page-cache pages has a live view, whatever its size
#           and alignment: sizes from 1 to 5,000 bytes at all kinds of offsets,
#           through the writeback cache and written through. O_DIRECT WRITEs have
#           none, and none is missed.
# Refuted by: copied_writes above 0, or fewer live WRITEs than page-cache WRITEs.
# Proof of coverage: as many WRITEs as write(2) calls were counted, of as many
#                    bytes; with live=off the counter stays at 0.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq awk
sizes=$(full 5000 300)
plan 15

# writes STEP - a line for each size, evenly spread from 1 to 5000, each at an
# offset that is nowhere else; STEP follows each.
writes() {
	awk -v n="$sizes" -v step="$1" 'BEGIN {
		for (i = 1; i <= n; i++) {
			size = int((i - 1) * 4999 / (n - 1)) + 1
			print "write fd=t off=" i * 8192 + i * 37 % 4096,
				"len=" size, "gen=1"
			if (step)
				print step
		}
	}'
}
bytes=$(writes '' | sed 's/.*len=\([0-9]*\).*/\1/' | paste -sd +)
bytes=$((bytes))

# run_writes STEP [OPEN-WORD] - in a client of $mnt; then none may have failed.
run_writes() {
	client_start
	step create fd=t path=t size=0
	step close fd=t
	step open fd=t path=t "${@:2}"
	writes "$1" >"$tmp/lines"
	steps "$tmp/lines" "$tmp/answers"
	client_end
	! grep -v ' ok ' "$tmp/answers"
}

# source_is_right - SOURCE has what was written, from outside of the mount.
source_is_right() {
	writes '' | sed 's/^write/check/; s/$/ file=t/' >"$tmp/lines"
	[ "$( (echo "open fd=t path=$src/t mode=r"; cat "$tmp/lines") |
		pinctl client | grep -c ' check ok ret=0 ')" -eq "$sizes" ]
}

mount_pinfs -o cache=writeback
ok "$sizes writes into the cache, each with an fsync" \
	run_writes 'fsync fd=t'
is "$(counter writeback_writes)" "$(counter writes)" \
	"all WRITEs are of writeback"
ok "there was one for each at least" \
	test "$(counter writes)" -ge "$sizes"
ok "with all the bytes" test "$(counter written_bytes)" -ge "$bytes"
is "$(counter live_writes)" "$(counter writes)" "all were looked at twice"
is "$(counter copied_writes)" 0 "none was a copy"
ok "SOURCE has all the bytes" source_is_right
umount_pinfs

mount_pinfs -o cache=through
ok "$sizes writes, written through" run_writes ''
ok "each was one WRITE or, over the end of a page, two" \
	test "$(counter through_writes)" -ge "$sizes"
is "$(counter live_writes)" "$(counter through_writes)" \
	"all were looked at twice"
is "$(counter written_bytes),$(counter copied_writes)" "$bytes,0" \
	"none was a copy, no byte is missing"
umount_pinfs

mount_pinfs
client_start
step create fd=t path=t size=64k
step fsync fd=t
step close fd=t
before=$(counter live_writes)
step open fd=t path=t direct
step write fd=t off=4k len=8k gen=2
client_end
is "$(counter direct_writes),$(counter copied_writes)" 1,0 \
	"an O_DIRECT WRITE is no missed one"
is "$(counter live_writes)" "$before" "nor a live one"
umount_pinfs

mount_pinfs -o live=off
run_writes 'fsync fd=t'
is "$(counter live_writes),$(counter rechecked_blocks)" 0,0 \
	"with live=off nothing is looked at twice"
ok "and SOURCE has all the bytes" source_is_right
