#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: probability= chooses about that part of the requests that match; with
#           the same seed the same of them each time, with another seed others.
#           Those before nth= are not asked, and count= of the chosen are enough.
#           Without a seed one is chosen, and told.
# Refuted by: another set with the same seed; the same set with another one; a
#             share out of bounds.
# Proof of coverage: the offsets in the "injected" events, of 400 requests that
#                    come in the same order each time.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 17
mount_pinfs -o event_limit=100000
seeded-file "$src/t" 400 1
seq -f 't %g' 0 399 >"$tmp/blocks"

# chosen WORDS... - 400 reads, one after the other, at a gate of these words;
# which of them it has done something to goes to $tmp/chosen, its reply to $reply.
chosen() {
	local id
	reply=$(gate inject op=read path=/t "$@")
	id=$(jq .id <<<"$reply")
	block-reads -d "$mnt" <"$tmp/blocks" >"$tmp/answers"
	gate list | jq -c ".gates[] | select(.id == $id)" >"$tmp/gate"
	gate clear "id=$id" >&2
	event_lines ".event == \"injected\" and .gate == $id" |
		jq '.offset / 4096' >"$tmp/chosen"
}

# between LOW HIGH - are that many chosen?
between() {
	local n
	n=$(wc -l <"$tmp/chosen")
	[ "$n" -ge "$1" ] && [ "$n" -le "$2" ]
}

# Five times the standard deviation of 400 throws is 43.
chosen probability=0.25 seed=7 error=EIO
cp "$tmp/chosen" "$tmp/first"
ok "a quarter of 400 is chosen: $(wc -l <"$tmp/first")" between 57 143
is "$(grep -c EIO "$tmp/answers")" "$(wc -l <"$tmp/first")" \
	"so many callers get the error"
ok "just those" cmp <(awk '/EIO/ { print $2 }' "$tmp/answers") "$tmp/first"
is "$(jq .seed <<<"$reply")" 7 "the reply names the seed"
is "$(jq -c '[.seen, .hits, .probability]' "$tmp/gate")" \
	"[400,$(wc -l <"$tmp/first"),0.25]" "and the list what became of it"
chosen probability=25% seed=7 error=EIO
ok "the same seed chooses the same" cmp "$tmp/chosen" "$tmp/first"
chosen probability=0.25 seed=7 at=reply error=EIO
ok "also at the reply" cmp "$tmp/chosen" "$tmp/first"
chosen probability=0.25 seed=8 error=EIO
not_ok "another seed chooses others" cmp "$tmp/chosen" "$tmp/first"
ok "about as many: $(wc -l <"$tmp/chosen")" between 57 143

chosen probability=0.25 seed=7 nth=101 error=EIO
ok "nth=101: none of the first hundred, the others as before" \
	cmp "$tmp/chosen" <(awk '$1 >= 100' "$tmp/first")
chosen probability=0.25 seed=7 nth=101 count=5 error=EIO
ok "count=5: the first five of these" \
	cmp "$tmp/chosen" <(awk '$1 >= 100' "$tmp/first" | head -n 5)
is "$(jq .spent "$tmp/gate")" true "then it is spent"

chosen probability=1% seed=1 error=EIO
ok "one of a hundred: $(wc -l <"$tmp/chosen")" between 0 14
chosen probability=1 error=EIO
is "$(wc -l <"$tmp/chosen")" 400 "probability=1: all"

chosen probability=0.5 error=EIO
cp "$tmp/chosen" "$tmp/first"
seed=$(jq .seed <<<"$reply")
ok "without a seed one is chosen: $seed" test "$seed" -gt 0
chosen probability=0.5 "seed=$seed" error=EIO
ok "with it the same are chosen again" cmp "$tmp/chosen" "$tmp/first"

# A hold is chosen in the same way, of requests that come all at once.
chosen probability=0.25 seed=7 error=EIO
gate hold op=read path=/t probability=0.25 seed=7 deadline=30s >&2
aio-reads "$mnt/t" 400 >/dev/null &
all_seen() {
	[ "$(gate list | jq '.gates[0].seen')" -eq 400 ]
}
wait_for all_seen || true
is "$(gate wait held=0 | jq .held)" "$(wc -l <"$tmp/chosen")" \
	"as many are held as get an error with that seed"
gate clear >&2
wait $!
