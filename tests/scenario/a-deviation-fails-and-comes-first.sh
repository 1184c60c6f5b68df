#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a verdict that is not the known one fails the run with status 1, for
#           the better too, stands first in the table and in JUnit, is listed at
#           the end of JSON, and has beside it what the known one rests on; the
#           known verdicts come from --known, then PINFS_KNOWN; --quiet shows
#           nothing else; -v has what they rest on for all.
# Refuted by: status 0, another first row, or a ground that is missing.
# Proof of coverage: the same run with the right file passes.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 17
export TMPDIR=$tmp
scenarios=(store@writeback store@after-writeback)

cat >"$tmp/wrong.tsv" <<'END'
# The last scenario of the two is said to be worse than it is.
store@after-writeback	-	LOST	planted
store@writeback	-	BLOCKED	as it is
END
cat >"$tmp/bad.tsv" <<'END'
store@*	!no-such-thing	LOST	never reached
END

exits 0 "as known" pinctl run "${scenarios[@]}"
exits 1 "a deviation" \
	eval "pinctl run --known='$tmp/wrong.tsv' ${scenarios[*]} >'$tmp/table'"
is "$(awk 'NR == 2 { print $1, $2, $3 }' "$tmp/table")" \
	'store@after-writeback STABLE LOST' "it is the first row"
is "$(sed -n 3p "$tmp/table")" '    known: LOST, planted' \
	"what the known verdict rests on is below it"
is "$(grep -c known: "$tmp/table")" 1 "that of the others is not"
like "$(tail -n 1 "$tmp/table")" '1 as known, 1 deviates' "the last line counts"
exits 1 "PINFS_KNOWN names the file" \
	env PINFS_KNOWN="$tmp/wrong.tsv" pinctl run "${scenarios[@]}"
exits 1 "--quiet" eval \
	"pinctl run -q --known='$tmp/wrong.tsv' ${scenarios[*]} >'$tmp/quiet'"
is "$(awk '{ print $1 }' "$tmp/quiet" | xargs)" \
	'scenario store@after-writeback known:' "only the deviation is shown"
is "$(pinctl run -q store@writeback)" '' "nothing when all is as known"
exits 3 "a file with a capability that does not exist is refused" \
	pinctl run --known="$tmp/bad.tsv" store@writeback

# form OPTION... - a run with a deviation, in another form; one check.
form() {
	exits 1 "$*" eval \
		"pinctl run $* --known='$tmp/wrong.tsv' store@* >'$tmp/form' 2>&1"
}
form -v
is "$(grep -c '^    known: .*, \(planted\|as it is\)$' "$tmp/form")" 2 \
	"-v: what each known verdict rests on"
form --junit
is "$(grep -o 'testcase name="[^"]*"' "$tmp/form" | head -n 1)" \
	'testcase name="store@after-writeback"' "it is the first case"
form --json
is "$(tail -n 1 "$tmp/form" | jq -c .summary.failed)" \
	'["store@after-writeback"]' "the last line names it"
