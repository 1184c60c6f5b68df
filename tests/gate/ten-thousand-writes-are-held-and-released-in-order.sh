#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: 10,000 WRITEs of one file can be held at once (2,000 in the short
#           form); of the pages that are changed meanwhile each is reported, and
#           no other; the WRITEs are released in the order in which they came.
# Refuted by: fewer held, another set of blocks in the events, another order.
# Proof of coverage: the list has all of them held; in the second round every
#                    page is changed, so that its event tells when it was looked
#                    at, which is just before its answer.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq awk
writes=$(full 10000 2000)
changed=$(full 100 50)
require_files_limit $((writes + 500))
require_space "$tmp" $((writes / 50 + 100))
plan 12
mount_pinfs -o hold_max=120s,event_limit=20000
client_start
step create fd=t path=t size=0
step truncate fd=t "len=$((writes * 8))k"

# Every second page, so that each has a WRITE of its own.
blocks() {
	seq 0 2 $((2 * writes - 2))
}

# write_blocks GENERATION - of the blocks on standard input.
write_blocks() {
	awk -v gen="$1" '{ print "write fd=t off=" $1 * 4 "k len=4k gen=" gen }' \
		>"$tmp/lines"
	steps "$tmp/lines" "$tmp/answers"
	[ "$(grep -c ' write ok ret=4096 ' "$tmp/answers")" -eq \
		"$(wc -l <"$tmp/lines")" ]
}

# hold_all GENERATION - all blocks written with it, and all their WRITEs held;
# the order in which they came is in $tmp/order.
hold_all() {
	write_blocks "$1" < <(blocks)
	gate hold op=write path=/t at=reply deadline=120s >&2
	step sync-range fd=t
	gate wait held="$writes" timeout=60s >&2 || true
	gate list >"$tmp/list"
	jq '.held[] | .off / 4096' "$tmp/list" >"$tmp/order"
}

# unstable_blocks - in the order of the log, since the last call.
from=0
unstable_blocks() {
	event_lines ".event == \"unstable\" and .seq > $from" >"$tmp/unstable"
	from=$(tail -n 1 "$events" | jq .seq)
	jq .block "$tmp/unstable"
}

hold_all 1
is "$(wc -l <"$tmp/order")" "$writes" "$writes WRITEs are held at once"
ok "one of each page" cmp <(sort -n "$tmp/order") <(blocks)
is "$(jq '.held | map(.id) | . == sort' "$tmp/list")" true \
	"the list has them by age"

seed=$RANDOM
diag "seed $seed"
blocks | shuf -n "$changed" --random-source=<(yes "$seed") >"$tmp/changed"
ok "$changed pages are changed by write(2) meanwhile" \
	write_blocks 2 <"$tmp/changed"
is "$(jq .released <(gate release n="$changed"))" "$changed" \
	"the first $changed WRITEs are released"
gate list | jq '.held[] | .off / 4096' >"$tmp/left"
ok "they were the oldest" cmp "$tmp/left" <(tail -n "+$((changed + 1))" \
	"$tmp/order")
gate clear >&2
step fsync fd=t
unstable_blocks >"$tmp/blocks"
ok "exactly these are reported" \
	cmp <(sort -n "$tmp/blocks") <(sort -n "$tmp/changed")
ok "and each was looked at in its turn" \
	cmp "$tmp/blocks" <(grep -Fxf "$tmp/changed" "$tmp/order")

hold_all 3
write_blocks 4 < <(blocks)
is "$(jq .released <(gate release))" "$writes" \
	"again, with all pages changed: $writes are released"
gate clear >&2
unstable_blocks >"$tmp/blocks"
ok "each page has its event, in the order of the list" \
	cmp "$tmp/blocks" "$tmp/order"
step fsync fd=t

awk '{ print "check fd=t off=" $1 * 4 "k len=4k gen=4" }' <(blocks) \
	>"$tmp/lines"
step close fd=t
(cd "$src" && pinctl client) < <(echo 'open fd=t path=t mode=r'
	cat "$tmp/lines") >"$tmp/answers"
is "$(grep -c ' check ok ret=0 ' "$tmp/answers")" "$writes" \
	"SOURCE has what was written last"
is "$(counter copied_writes),$(counter expired_holds)" 0,0 \
	"all were looked at twice, none ended by its deadline"
client_end
