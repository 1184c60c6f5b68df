#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl run --causes tells how much of each cause is right. No overwrite
# is said to be a pin, no other to be notify or through, and these two are always
# known.
# Refuted by: a table that says otherwise; one that counts what did not run.
# Proof of coverage: each cause has as many true runs as were asked for.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
require_trace
plan 7

rounds=$(full 20 2)
scenarios=(pwrite@writeback splice-in@writeback dio-read@writeback
	vm-writev@writeback notify-store@writeback dio-read@through)
pinctl run --json --causes --repeat "$rounds" -o trace=on "${scenarios[@]}" \
	>"$tmp/lines" || true

# value CAUSE FILTER
value() {
	jq -r "select(.causes) | .causes[] | select(.cause == \"$1\") | $2" \
		"$tmp/lines"
}

value pin '"\(.true) \(.said)"' >&2
value overwrite '"\(.true) \(.said)"' >&2
is "$(value overwrite .true)" "$((2 * rounds))" "overwrites have been run"
is "$(value pin .true)" "$((2 * rounds))" "pins have been run"
is "$(value overwrite .said.pin)" 0 "no overwrite is said to be a pin"
is "$(value pin .said.overwrite)" 0 "no pin is said to be an overwrite"
is "$(value notify '"\(.true) \(.precision) \(.recall)"')" "$rounds 1 1" \
	"notify is always known"
is "$(value through '"\(.true) \(.precision) \(.recall)"')" "$rounds 1 1" \
	"through is always known"
pinctl run --causes -o trace=on pwrite@writeback >"$tmp/table"
ok "the table has a row for each" [ "$(grep -cE \
	'^(pin|overwrite|notify|through) +[0-9]' "$tmp/table")" = 4 ]
