#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --junit is well-formed XML: a testcase for each scenario, with a
#           failure for a deviation, an error for what could not be told, skipped
#           for what could not run, and nothing else for what is as known.
# Refuted by: what xmllint refuses; an element too many or too few; sums of the
#             suite that are not those of its cases.
# Proof of coverage: passes, failures, errors and skips all occur; xmllint finds
#                    a fault that is planted.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog xmllint
plan 24
export TMPDIR=$tmp

# count XPATH - how many there are in the last output.
count() {
	xmllint --xpath "count($1)" "$tmp/xml"
}

# junit NAME STATUS OPTION... - a run; three checks.
junit() {
	local name=$1 status=$2 sums='' kind
	shift 2
	exits "$status" "$name: status $status" \
		eval "timeout 100 pinctl run --junit $* >'$tmp/xml'"
	ok "$name: well-formed" xmllint --noout "$tmp/xml"
	for kind in 'tests testcase' 'failures failure' 'errors error' \
		    'skipped skipped'; do
		sums+=$(count "//testsuite[@${kind% *} = count(.//${kind#* })]")
	done
	is "$sums" 1111 "$name: the sums of the suite are right"
}

junit known 0
is "$(count //testcase)" "$(pinctl list @default | grep -c @)" \
	"a testcase for each scenario"
is "$(count '//failure | //error | //skipped')" 0 "nothing is wrong"
is "$(count '//testcase[@classname = "pinctl" and @time > 0 and
	string-length(system-out) > 0]')" "$(count //testcase)" \
	"each has class, time and note"

printf 'store@*\t-\tTORN\tplanted\n' >"$tmp/wrong.tsv"
junit deviation 1 --known="$tmp/wrong.tsv" store@writeback
is "$(xmllint --xpath 'string(//testcase[@name = "store@writeback"]/failure/@message)' \
	"$tmp/xml")" 'BLOCKED, known: TORN' "the failure says what came"
is "$(count '//failure[@type = "BLOCKED"]')" 1 "its type is the verdict"

: >"$tmp/empty.tsv"
junit unknown 3 --known="$tmp/empty.tsv" store@writeback
is "$(count '//testcase/error[contains(@message, "no known verdict")]')" 1 \
	"what cannot be compared is an error"

junit skipped 4 -o cache=none store@writeback
is "$(count '//testcase/skipped[contains(@message, "page cache")]')" 1 \
	"a skip has its reason"

junit stopped 1 --until-failure --known="$tmp/wrong.tsv" 'store@*'
is "$(count '//testsuite/system-out[contains(., "stopped at run 1: store@writeback")]')" \
	1 "where --until-failure stopped is said"
sed '/<testcase/s/>$//' "$tmp/xml" >"$tmp/fault"
not_ok "a planted fault is found" xmllint --noout "$tmp/fault"
