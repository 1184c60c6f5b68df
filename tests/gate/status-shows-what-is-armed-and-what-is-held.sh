#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl status shows each gate and each held request, since when and
#           how long yet, in tables of at most 20 rows; with --json all of them.
# Refuted by: a gate, a word that it was given or a request that is not there; times
#             that do not add up to the deadline; a table on a mount without gates.
# Proof of coverage: 24 requests are held at once, by one of two gates.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 14

# rows TITLE - the rows of a table, without its title and its head.
rows() {
	awk -v title="$1:" '$0 == title { on = 1; next }
		/^[^ ]/ { on = 0 } on' "$tmp/status" | tail -n +2
}

show() {
	pinctl status "$mnt" >"$tmp/status"
}

mount_pinfs
show
not_ok "no table without gates" grep -qE '^(armed|held requests):' "$tmp/status"
is "$(pinctl status "$mnt" --json | jq -c '[.gates, .gate_list, .held_list]')" \
	'[0,[],[]]' "nor anything in the JSON"

pinctl gate "$mnt" hold op=lookup path='/dir*' deadline=20s >&2
pinctl gate "$mnt" hold op=read,write at=reply off=4096 len=8k nth=3 >&2
show
is "$(rows armed | wc -l)" 2 "two gates are two rows"
like "$(rows armed | head -n 1)" \
	'^ +[0-9]+ lookup +arrive +0 +0 +0 +20\.000s action=hold path=/dir\*' "one by its path"
like "$(rows armed | tail -n 1)" \
	' (read,write|write,read) +reply .* off=4096 len=8192 nth=3' \
	"one by its range, with all that it was given"
is "$(rows 'held requests')" '' "nothing is held"

looking=()
for i in {1..24}; do
	stat "$mnt/dir$i" >/dev/null 2>&1 &
	looking+=($!)
done
gate wait held=24 timeout=15s >&2
show
like "$(rows armed | head -n 1)" ' arrive +24 +24 +24 ' "the first gate holds 24"
is "$(rows 'held requests' | wc -l)" 21 "20 of them are rows"
is "$(rows 'held requests' | tail -n 1)" ' and 4 more' "the others a number"
row=$(rows 'held requests' | head -n 1)
like "$row" '^ +[0-9]+ +[0-9]+ lookup +arrive +[0-9.]+s +[0-9.]+s +[0-9]+ +0 +0 /dir' \
	"a row: $row"
sum=$(awk '{ print int($5 + $6 + 0.01) }' <<<"$row")
is "$sum" 20 "since and left make up the deadline"
pinctl status "$mnt" --json >"$tmp/json"
is "$(jq -c '[(.gate_list | length), (.held_list | length), .gates, .held]' \
	"$tmp/json")" '[2,24,2,24]' "the JSON has all"
is "$(jq '.gate_list[0].held' "$tmp/json")" 24 "as list has them"
gate clear >&2
wait "${looking[@]}" || true
ok "unmounted" umount_pinfs
