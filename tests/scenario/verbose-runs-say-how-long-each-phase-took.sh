#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run -v" says for each run which phases it went through and
#           how long each took: on standard error for each run, in table, KTAP
#           and JUnit for the one that the note is about; JSON always has these.
# Refuted by: a phase that is missing or out of order; a time that is not the
#             phase's.
# Proof of coverage: a phase that is made to take 300 ms is said to take that,
#                    more than any other; a run that hangs ends with the phase
#                    that it is in.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq xmllint
[ "$(id -u)" -ne 0 ] || require_fusectl
plan 18
mount_pinfs
name=dio-read@writeback
order='probe make dirty start enter write watch look leave finish settle audit undo destroy'

# phases FILE - the names in JSON output, in their order.
phases() {
	jq -r 'select(.scenario) | .phases | keys_unsorted[]' "$1" | xargs
}

ok "JSON" eval "pinctl run --json --mnt='$mnt' $name >'$tmp/json'"
is "$(phases "$tmp/json")" "$order" "every phase, in its order"
is "$(jq -s '([.[0].phases[]] | add) as $sum |
	$sum > 0 and $sum <= .[1].summary.duration_us' "$tmp/json")" true \
	"together they take no longer than the run"

gate inject op=fsync delay=300ms >&2
ok "a slow fsync" eval "pinctl run --json --mnt='$mnt' $name >'$tmp/slow'"
is "$(jq -c 'select(.scenario) | .phases |
	to_entries | max_by(.value) | [.key, .value >= 300000]' "$tmp/slow")" \
	'["settle",true]' "is in the phase that makes it"
gate clear >&2

# run OPTION... - its outputs are in $tmp/out and $tmp/err; one check.
run() {
	exits 0 "${*:-no option}" eval \
		"pinctl run $* --mnt='$mnt' $name >'$tmp/out' 2>'$tmp/err'"
}
# ordered TEXT - the phases of a line of text, in their order.
ordered() {
	grep -oE '[a-z]+ [0-9]+\.[0-9]{3} ms' <<<"$1" | cut -d ' ' -f 1 | xargs
}

run -v --repeat=3
is "$(sed -n "s/^# phases: $name, run \([0-9]*\) of it: probe .*/\1/p" \
	"$tmp/err" | xargs)" '1 2 3' "each run on standard error"
is "$(sed -n 's/^# scenario: //p; s/^# phases: .*/end/p' "$tmp/err" | xargs)" \
	"$name end $name end $name end" "and that it begins, before it"
is "$(ordered "$(sed -n '/^    phases: /,/ms$/p' "$tmp/out")")" "$order" \
	"one run in the table"
is "$(sed -n '/^    phases: /,/ms$/p' "$tmp/out" | grep -c '.\{79\}' || true)" 0 \
	"in lines that are not too long"
run ''
unlike "$(<"$tmp/out")$(<"$tmp/err")" 'phases' "without -v no phases"
run --ktap -v
is "$(ordered "$(grep '^# phases: ' "$tmp/out")")" "$order" \
	"KTAP: in a diagnostic"
run --junit -v
is "$(ordered "$(xmllint --xpath 'string(//testcase/system-out)' "$tmp/out")")" \
	"$order" "JUnit: in the output of the case"

# hung - the WRITE that another's gate holds is never held by the run's own.
hung() {
	gate hold op=write deadline=25s >&2
	pinctl run --json --timeout=500ms --mnt="$mnt" store@writeback \
		>"$tmp/hung" || true
	is "$(jq -r 'select(.scenario) | .verdict' "$tmp/hung")" HUNG "a hang"
	is "$(phases "$tmp/hung")" 'probe make dirty enter' \
		"ends with the phase that it is in"
}
if [ "$(id -u)" -eq 0 ]; then
	hung
else
	skip 2 "only root can abort a mount"
fi
