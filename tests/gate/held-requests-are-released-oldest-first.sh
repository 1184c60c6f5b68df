#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a release lets the oldest of the held requests go, as many as it
#           says, and replies when they have been answered; the rest stays held,
#           and the gate holds what comes next.
# Refuted by: another one released, another number, an answer that comes after
#             the reply, a request that passes the gate.
# Proof of coverage: the order of the list, which is that in which they came.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 9
mount_pinfs
client_start
step create fd=t path=t size=64k
step close fd=t
step open fd=t path=t direct

offsets() {
	gate list | jq -c '.held | map(.off / 4096)'
}

gate hold op=read deadline=25s >&2
steps=()
for block in 3 1 4 15 9 2 6 5; do
	step read fd=t off=$((block * 4))k len=4k '&'
	steps+=("${client_steps[main]}")
	gate wait held="${#steps[@]}" >&2
done
is "$(offsets)" '[3,1,4,15,9,2,6,5]' "eight reads are held, in their order"

ids=$(gate list | jq -c '.held | map(.id)')
is "$(gate release n=3 | jq -c '[.released, .ids]')" \
	"[3,$(jq -c '.[:3]' <<<"$ids")]" "three are released"
is "$(offsets)" '[15,9,2,6,5]' "the first three"
for i in 0 1 2; do
	step wait "step=${steps[i]}" timeout=1s
done
is "$(for i in "${steps[@]}"; do final_answer "$i"; done |
	grep -c '^read ok ret=4096 ')" 3 "and these have been answered"

step read fd=t off=48k len=4k '&'
gate wait held=6 >&2
is "$(offsets)" '[15,9,2,6,5,12]' "the next one is held, behind the others"

ids=$(gate list | jq -c '.held | map(.id)')
is "$(gate release | jq -c '[.released, .ids]')" "[6,$ids]" \
	"all others are released"
step wait
like "$answer" '^wait ok ret=9 ' "and all have been answered"
is "$(gate list | jq -c '[.held, (.gates | map([.seen, .hits, .spent]))]')" \
	'[[],[[9,9,false]]]' "the gate is still armed"
gate clear >&2
ok "the client has no failed step" client_end
