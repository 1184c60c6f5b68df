#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: each scenario with a bad verdict has a run, in which its writer writes
#           elsewhere, whose verdict is not bad; each with a good one has a run, in
#           which the page is changed behind everybody's back, whose verdict is.
# Refuted by: a scenario that says the same whatever happens; one that cannot be
#             run with its change.
# Proof of coverage: the verdicts without a change, of all scenarios: each of those
#                    is looked up in the other runs, and how many there were of both
#                    kinds is counted.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 9
export TMPDIR=$tmp

# verdicts FILE OPTION... - "SCENARIO VERDICT", of what has run, to FILE
verdicts() {
	local file=$1
	shift
	timeout 200 pinctl run --json "$@" >"$file.json" || true
	jq -r 'select(.scenario) | select(.outcome != "skipped") |
		[.scenario, .verdict] | @tsv' "$file.json" | sort >"$file"
}

bad=$(pinctl list verdicts | awk '/^[^ ]/ && /--strict fails/ { print $1 }' |
	grep -v HUNG | paste -sd'|')

verdicts "$tmp/plain"
verdicts "$tmp/elsewhere" --mutate=elsewhere
verdicts "$tmp/planted" --mutate=plant
ok "each scenario has run with its writer elsewhere" \
	cmp -s <(cut -f1 "$tmp/plain") <(cut -f1 "$tmp/elsewhere")
ok "and with a planted change" \
	cmp -s <(cut -f1 "$tmp/plain") <(cut -f1 "$tmp/planted")

is "$(cat "$tmp"/*.json | jq -r 'select(.scenario) |
	select(.outcome != "skipped") | select(.known == null) | .scenario')" \
	'' "what is known does not depend on the change"

# of KIND - the names of those that are "bad" or "good" without a change
of() {
	if [ "$1" = bad ]; then
		grep -E "	($bad)\$" "$tmp/plain" | cut -f1
	else
		grep -vE "	($bad|HUNG|ERROR)\$" "$tmp/plain" | cut -f1
	fi
}

ok "there are bad ones ($(of bad | wc -l))" test "$(of bad | wc -l)" -gt 10
ok "and good ones ($(of good | wc -l))" test "$(of good | wc -l)" -gt 10
is "$(of bad | wc -l)" \
	"$(($(wc -l <"$tmp/plain") - $(of good | wc -l)))" \
	"and none that is neither"
is "$(join -t'	' <(of bad) "$tmp/elsewhere" | grep -E "	($bad|HUNG|ERROR)\$")" \
	'' "bytes that go elsewhere do no harm"
is "$(join -t'	' <(of good) "$tmp/planted" | grep -vE "	($bad)\$")" \
	'' "a planted change is never missed"
exits 2 "another change is none" pinctl run --mutate=neither
