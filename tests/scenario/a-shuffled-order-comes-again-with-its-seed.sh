#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --shuffle runs every scenario as often as without it, in an order
#           that --seed gives again; without --seed the one that was taken is
#           printed; without --shuffle the order is that of the list.
# Refuted by: another order from the same seed, a run too many or too few, the
#             same order from all seeds.
# Proof of coverage: the order of the runs themselves, not only of their results:
#                    from the calls that --verbose shows.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 12
export TMPDIR=$tmp

# order OPTION... - "store" or "write" for runs of the same scenario in a row, by
# the calls that --verbose shows. (A run may take several, and what is known is
# looked for by calls, too.)
order() {
	timeout 60 pinctl run --verbose --repeat=4 "$@" store@writeback \
		pwrite@writeback 2>&1 >/dev/null |
		sed -nE 's/^# writer: (store|write) .* gen=7 ?(file=.*)?&$/\1/p' |
		uniq | paste -sd' '
}

# told OPTION... - the scenarios in the order of their results.
told() {
	timeout 60 pinctl run --json "$@" 2>"$tmp/err" |
		jq -r 'select(.scenario) | .scenario'
}

is "$(told)" "$(pinctl list @default | awk 'NR > 1 { print $1 }')" \
	"the order is that of the list"
first=$(told --shuffle --seed=1)
is "$(told --shuffle --seed=1)" "$first" "the same seed gives the same order"
is "$(<"$tmp/err")" '' "a seed that was given is not printed"
is "$(sort <<<"$first")" "$(told | sort)" "all of them run"
orders=$(for seed in 1 2 3 4; do
	told --shuffle --seed=$seed | paste -sd' '
done | sort -u | wc -l)
is "$orders" 4 "four seeds give four orders"

mine=$(told --shuffle)
seed=$(sed -n 's/^pinctl: --seed=\([0-9]*\)$/\1/p' "$tmp/err")
like "$seed" '^[0-9]+$' "the seed is printed when none is given"
is "$(told --shuffle --seed="$seed")" "$mine" "and gives the same order"

exits 0 "repeats" eval "timeout 60 pinctl run --json --shuffle --repeat=5 \
	'store@*' 'pwrite@*' >'$tmp/out' 2>'$tmp/err'"
is "$(jq -c 'select(.scenario) | .runs' "$tmp/out" | sort -u)" 5 \
	"each runs as often as it is to be repeated"

is "$(order)" 'store write' "without --shuffle one scenario comes after the other"
runs=$(order --shuffle --seed=1)
is "$(order --shuffle --seed=1)" "$runs" \
	"with it runs come in the same order from the same seed"
ok "which is mixed, not one of scenarios" [ "$(wc -w <<<"$runs")" -ge 4 ]
