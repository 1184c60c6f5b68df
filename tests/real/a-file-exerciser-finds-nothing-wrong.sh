#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whatever is done to a file, in any order (write(2), O_DIRECT, stores
#           through a mapping, truncate, punch, zero range, copy_file_range,
#           dropped pages), each read has the right bytes; and nothing is
#           reported but blocks that write(2) or copy_file_range changed while
#           they were under writeback, each of them settled, or cut off since.
# Refuted by: a read that differs from the exerciser's model; another event, or
#             a block that is waited for; SOURCE with other bytes.
# Proof of coverage: each kind of operation was done; a mapping, direct I/O and
#                    write(2) each made WRITEs; the exerciser finds a byte that
#                    another process changes.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 12
operations=${PINFS_TEST_OPERATIONS:-$(full 1000000 20000)}
seed=${PINFS_TEST_SEED:-$RANDOM}
diag "seed $seed"
# The window lets more of the exerciser's writes meet writeback.
mount_pinfs -o event_limit=1000000,window=1ms

# exercise SEED OPERATIONS FILE - what it prints at its end goes to $tmp/kinds.
exercise() {
	timeout "$(full 1400 100)" file-exerciser -S "$1" -N "$2" "$3" \
		>"$tmp/kinds" && tr ' ' '\n' <"$tmp/kinds" >"$tmp/lines"
}

begin=$SECONDS
ok "$operations operations, and all reads were right" \
	exercise "$seed" "$operations" "$mnt/file"
diag "$((SECONDS - begin)) s: $(cat "$tmp/kinds")"
is "$(grep -c '=[1-9]' "$tmp/lines") $(grep -c '=0$' "$tmp/lines")" '18 0' \
	"all kinds of operations were done"
ok "pages were written back" test "$(counter writeback_writes)" -gt 100
ok "there were direct writes" test "$(counter direct_writes)" -gt 100
ok "SOURCE has the same bytes" cmp "$mnt/file" "$src/file"

# write(2) does not wait for a page that is under writeback; a store does.
diag "$(jq -r .event "$events" | sort | uniq -c | tr -s '\n ' ' ')"
unstable=$(event_count '.event == "unstable"')
is "$(event_lines '.event != "unstable" and .event != "settled" and
	.event != "mount"')" '' "no event but $unstable unstable blocks"
ok "some were, and settled" has_event '.event == "settled"'
is "$(control status | jq '.unsettled_blocks + .counters.unfollowed_blocks')" 0 \
	"all others lost to a truncate or a hole: none is waited for"
diag "$unstable unstable, $(counter settled_blocks) settled"
ok "an audit finds nothing lost" pinctl audit "$mnt"

# A file that changes behind the exerciser's back: what it would say then.
file-exerciser -S 1 -N 100000000 -x truncate,reopen "$mnt/other" \
	>"$tmp/out" 2>&1 &
exerciser=$!
other_has_data() {
	[ -e "$mnt/other" ] && [ "$(wc -c <"$mnt/other")" -gt 200000 ]
}
wait_for other_has_data
until process_gone "$exerciser"; do
	printf '\0\1\2\3' | dd of="$mnt/other" bs=1 seek=70000 conv=notrunc \
		status=none
done
status=0
wait "$exerciser" || status=$?
is "$status" 1 "the exerciser finds bytes that another process wrote"
like "$(cat "$tmp/out")" 'byte 0x1117[0-3] is ' "and names the place"
ok "unmounted" umount_pinfs
