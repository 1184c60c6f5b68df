#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: 10,000 READs can be held at once (2,000 in the short form), and are
#           answered in the order in which they came, each with its own bytes.
# Refuted by: fewer held, another order of completion, wrong bytes.
# Proof of coverage: the list has all of them held; the kernel notes the
#                    completions in the order of the answers (aio-reads.c).
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
reads=$(full 10000 2000)
some=$(full 1000 200)
require_space "$tmp" $((reads / 250 + 100))
plan 7
mount_pinfs -o hold_max=120s
seed=$RANDOM
diag "seed $seed"
seeded-file "$src/t" "$reads" "$seed"
block-digests "$src/t" >"$tmp/digests"

gate hold op=read path=/t deadline=120s >&2
aio-reads "$mnt/t" "$reads" >"$tmp/completions" &
reader=$!
gate wait held="$reads" timeout=60s >&2 || true
gate list >"$tmp/list"
jq '.held[] | .off / 4096' "$tmp/list" >"$tmp/order"
is "$(wc -l <"$tmp/order")" "$reads" "$reads READs are held at once"
ok "one of each block" cmp <(sort -n "$tmp/order") <(seq 0 $((reads - 1)))
is "$(jq .released <(gate release n="$some"))" "$some" "$some are released"
gate list | jq '.held[] | .off / 4096' >"$tmp/left"
ok "they were the oldest" \
	cmp "$tmp/left" <(tail -n "+$((some + 1))" "$tmp/order")
gate clear >&2
wait "$reader"

sed 1d "$tmp/completions" >"$tmp/done"
ok "all are answered in the order in which they came" \
	cmp "$tmp/order" <(cut -d ' ' -f 1 "$tmp/done")
ok "each with its own bytes" cmp <(cut -d ' ' -f 1,3 "$tmp/done" | sort -n) \
	"$tmp/digests"
is "$(cut -d ' ' -f 2 "$tmp/done" | sort -u)" 4096 "all of them"
