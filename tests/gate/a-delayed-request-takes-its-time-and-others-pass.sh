#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: inject delay= keeps a request that long, at either point, and no
#           other; it is no hold that expires. reorder=N keeps N and lets them
#           go the newest first, or by the seed, the same each time; what waits
#           for others goes on within=.
# Refuted by: a request that is faster, another that waits, another order, an
#             "expired" event.
# Proof of coverage: the times that callers measured; the order in which their
#                    calls ended.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 22
mount_pinfs -o threads=1
client_start
step create fd=t path=t size=64k gen=1
step close fd=t
step open fd=t path=t direct

# took_ms - by the step that has just been answered.
took_ms() {
	local us
	us=$(sed -n 's/.* us=\([0-9]*\) .*/\1/p' <<<"$answer")
	echo $((us / 1000))
}

for at in arrive reply; do
	gate inject op=read at=$at off=0 len=4k delay=400ms >&2
	step read fd=t off=0 len=4k '&'
	reading=${client_steps[main]}
	ok "at=$at: it is listed as a delay" wait_for eval \
		'[ "$(gate list | jq -c "[.held[] | .op, .at, .delay]")" = "[\"read\",\"$at\",true]" ]'
	is "$(gate wait held=0 | jq .held)" 0 "which is not held by any gate"
	step read fd=t off=4k len=4k
	ok "another one passes" test "$(took_ms)" -lt 400
	step wait "step=$reading"
	answer=$(final_answer "$reading")
	ok "it takes its time" test "$(took_ms)" -ge 400 -a "$(took_ms)" -lt 2000
	gate clear >&2
done
gate inject op=read delay=20s >&2
step read fd=t off=0 len=4k '&'
reading=${client_steps[main]}
wait_for eval '[ "$(gate list | jq ".held | length")" = 1 ]'
gate release "hold=$(gate list | jq '.held[0].id')" >&2
step wait "step=$reading" timeout=5s
like "$(final_answer "$reading")" '^read ok ret=4096' \
	"a delay can be ended by its number"
gate clear >&2

# order COUNT WORDS... - that many reads, each of the next block, at a gate of
# these words: the blocks in the order in which they were answered.
order() {
	local count=$1
	shift
	gate inject op=read path=/r "$@" >&2
	aio-reads "$mnt/r" "$count" | sed 1d | cut -d ' ' -f 1 | xargs
	gate clear >&2
}

seeded-file "$src/r" 64 1
is "$(order 9 reorder=3 within=20s)" "2 1 0 5 4 3 8 7 6" \
	"reorder=3: of each three the newest first"
is "$(order 8 reorder=8 within=20s)" "7 6 5 4 3 2 1 0" "reorder=8"
first=$(order 40 reorder=10 seed=1 within=20s)
is "$(order 40 reorder=10 seed=1 within=20s)" "$first" \
	"with a seed: the same order each time"
isnt() {
	[ "$1" != "$2" ]
}
ok "which is another one with another seed" \
	isnt "$first" "$(order 40 reorder=10 seed=2 within=20s)"
ok "and not that of their coming" isnt "$first" "$(seq 0 39 | xargs)"
is "$(xargs -n 10 <<<"$first" | while read -r batch; do
	xargs -n 1 <<<"$batch" | sort -n | xargs
done | xargs)" "$(seq 0 39 | xargs)" "in each batch those that came together"
ok "and batches differ from each other" test "$(xargs -n 10 <<<"$first" |
	awk '{ for (i = 1; i <= 10; i++) printf "%d ", $i % 10; print "" }' |
	sort -u | wc -l)" -gt 1
since=$(date +%s%3N)
is "$(order 4 reorder=3 within=500ms)" "2 1 0 3" "one that is left over"
ok "goes on when within= is over" test $(($(date +%s%3N) - since)) -ge 500
gate inject op=read path=/r reorder=3 within=20s >&2
is "$(block-reads -d "$mnt" <<<'t 1')" "t 1 ok" "another file's request passes"
gate clear >&2

is "$(event_count '.event == "expired"')" 0 "nothing has expired"
is "$(counter holds),$(counter expired_holds)" 0,0 "and nothing was a hold"
is "$(event_lines '.event == "injected"' |
	jq -c '[.action, .value, .result]' | sort | uniq -c | xargs)" \
	"1 [delay,20000000,null] 2 [delay,400000,null] \
120 [reorder,10,null] 13 [reorder,3,null] 8 [reorder,8,null]" \
	"each was an event"
client_end || true
