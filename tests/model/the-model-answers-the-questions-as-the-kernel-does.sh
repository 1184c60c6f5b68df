#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the questions of "pinctl run @questions", put to src/model, have the
#           answers that this kernel gives, where it shows live pages.
# Refuted by: an answer that is another; a question that only one of them has.
# Proof of coverage: there are four, with either answer among them; a planted one
#                    is found.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/model.sh"
. "$srcdir/tests/lib/manual.sh"
require_fuse
require_prog jq
plan 4

# That write(2) does not wait is the protocol "none": where it does, or nothing is
# seen, the model has other protocols than this kernel.
status=0
pinctl run --json @questions >"$tmp/run" || status=$?
kernel=$(jq -r 'select(.scenario) | "\(.scenario) \(.verdict)"' "$tmp/run" |
	sed -e 's/ \(STABLE\|BLOCKED\|REFUSED\)$/ Yes/' \
		-e 's/ \(UNSTABLE\|LOST\|ORPHAN\|TORN\)$/ No/')
diag "${kernel//$'\n'/$'\n# '}"
case $kernel in
*HIDDEN*) skip_all "this kernel hands out copies" ;;
*'splice-in@writeback Yes'*) skip_all "write(2) waits for writeback here" ;;
esac
is "$status" 0 "the run is as known"

answers=$("$check" -q)
agree "the answers are the same" "$answers" "$kernel"
is "$(wc -l <<<"$answers") $(grep -c ' Yes$' <<<"$answers")" "4 1" \
	"three are no, and one is yes"
planted_is_found "a planted difference is found" "$answers"
