#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a block that write(2) changed while its WRITE was held, at arrive or
#           at reply, waits until the next WRITE that has it; that gives a
#           settled event with the checksum of the bytes that arrived, and
#           whether these are what the second look saw. One that is unstable
#           again waits again. What a truncate takes away, or goes with its
#           file, waits no longer and gives no event.
# Refuted by: no settled event or one too many; another checksum; a block that
#             waits for ever.
# Proof of coverage: each time an unstable event comes first, and the block is
#                    counted as waiting.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 25
mount_pinfs
client_start

waiting() {
	control status | jq .unsettled_blocks
}

# unstable AT PATH GENERATION - block 1 of the file (open as "t") is written,
# its WRITE held at AT, and written again meanwhile, with GENERATION.
unstable() {
	step write fd=t off=4k len=4k gen=$(($3 - 1))
	gate hold op=write "path=$2" "at=$1" count=1 deadline=20s >&2
	step sync-range fd=t off=4k len=4k
	gate wait held=1 >&2
	step write fd=t off=4k len=4k gen="$3"
	gate clear >&2
}

# store_digest - of block 1 in SOURCE.
store_digest() {
	block-digests "$src/t" | awk 'NR == 2 { print $2 }'
}
settled() {
	event_lines '.event == "settled"' | jq -c "$1" | tail -n 1
}

step create fd=t path=t size=16k
generation=10
for at in arrive reply; do
	unstable "$at" /t "$generation"
	ok "$at: the block is unstable" wait_for has_event \
		".event == \"unstable\" and .block == 1"
	is "$(waiting)" 1 "$at: and waits"
	recheck=$(event_lines '.event == "unstable"' | tail -n 1 |
		jq -r .recheck)
	step fsync fd=t
	is "$(settled '[.path, .block, .offset, .length, .same, .after_us > 0]')" \
		'["/t",1,4096,4096,true,true]' "$at: its follow-up settles it"
	is "$(settled .digest)" "\"$recheck\"" "$at: with the bytes seen"
	is "$(settled .digest)" "\"$(store_digest)\"" "$at: which the store has"
	is "$(waiting)" 0 "$at: nothing waits any more"
	generation=$((generation + 10))
done
is "$(counter settled_blocks)" 2 "both are counted"

# Other bytes come than the second look saw; and these change again.
unstable reply /t 40
step write fd=t off=4k len=4k gen=41
gate hold op=write path=/t at=reply count=1 deadline=20s >&2
step sync-range fd=t
gate wait held=1 >&2
is "$(settled .same)" false "other bytes than were seen are told apart"
is "$(waiting)" 0 "that block has settled on arrival"
step write fd=t off=4k len=4k gen=42
gate clear >&2
is "$(waiting)" 1 "unstable again in its follow-up, it waits again"
step fsync fd=t
is "$(counter settled_blocks),$(waiting)" 4,0 "and settles again"

# Taken away.
unstable reply /t 50
is "$(waiting)" 1 "a block waits"
gate hold op=write path=/t at=arrive deadline=20s >&2
step truncate fd=t len=4k '&'
truncating=${client_steps[main]}
wait_for test "$(counter settled_blocks)" -eq 4
gate clear >&2
step wait "step=$truncating"
is "$(waiting)" 0 "cut away, it waits no longer"
settled_then=$(counter settled_blocks)
step create fd=u path=u size=16k
unstable=$(counter unstable_blocks)
step write fd=u off=4k len=4k gen=60
gate hold op=write path=/u at=reply count=1 deadline=20s >&2
step sync-range fd=u off=4k len=4k
gate wait held=1 >&2
gate store "ino=$(stat -c %i "$src/u")" off=4k len=4k byte=1 >&2
gate clear >&2
is "$(counter unstable_blocks)" $((unstable + 1)) "another is unstable"
is "$(waiting)" 1 "and waits"
step close fd=u
step unlink path=u
ok "it goes with its file" wait_for eval '[ "$(waiting)" -eq 0 ]'
is "$(counter settled_blocks)" "$settled_then" "without a word"
is "$(event_count '.event == "settled"')" "$settled_then" \
	"there are as many events"
is "$(counter unfollowed_blocks)" 0 "there was room for all"
client_end
