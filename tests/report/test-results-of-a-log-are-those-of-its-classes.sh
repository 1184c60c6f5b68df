#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a log is a result for each class: JUnit as the schema says, with sums
#           that are right, and KTAP without a fault, in which a class fails when
#           the log has such events and passes otherwise; --fail-on says which. The
#           lines for xfstests are what its shell makes variables of. Whatever a
#           path is, it breaks none of them.
# Refuted by: what xmllint or the parser refuses, a class that passes though the
#             log has it, a variable with another value.
# Proof of coverage: classes that fail and classes that pass are in both; the path
#                    has all that means something to one of the three.
. "$srcdir/tests/lib/tap.sh"
. "$srcdir/tests/lib/require.sh"
PATH=$top_builddir/tests/helpers:$PATH
require_prog xmllint jq
plan 20

path=$'/a<b>&"c\']]>#ok 1\n\e\\x:y'
mkdir "$tmp/log" "$tmp/none"
findings-log "$tmp/log" 300 2 "$path"
head -n 1 "$tmp/log/events.jsonl" >"$tmp/none/events.jsonl"
failing='lost unstable'

# junit DIR OPTION... - three checks; what it is about is in $tmp/xml.
junit() {
	local sums='' kind
	pinctl report --junit "$@" >"$tmp/xml" || true
	ok "JUnit as the schema says: ${*#"$tmp"/}" \
		xmllint --noout --schema "$srcdir/tests/lib/junit.xsd" "$tmp/xml"
	for kind in 'tests testcase' 'failures failure'; do
		sums+=$(xmllint --xpath "count(//testsuite[@${kind% *} =
			count(.//${kind#* })])" "$tmp/xml")
	done
	is "$sums" 11 "its sums are right"
	xmllint --xpath '//testcase[failure]/@name' "$tmp/xml" 2>/dev/null |
		tr -d ' "' | sed 's/name=//' | sort >"$tmp/failed" || true
	xmllint --xpath '//testcase/@name' "$tmp/xml" | wc -l >"$tmp/cases"
}
# ktap OPTION... - the same.
ktap() {
	pinctl report --ktap "$@" >"$tmp/tap" || true
	is "$(awk -v totals=yes -f "$srcdir/tests/lib/ktap.awk" "$tmp/tap")" '' \
		"KTAP without a fault: ${*#"$tmp"/}"
	sed -n 's/^not ok [0-9]* //p' "$tmp/tap" | sort >"$tmp/failed"
	grep -cE '^(not )?ok ' "$tmp/tap" >"$tmp/cases"
}
for form in junit ktap; do
	$form "$tmp/log"
	is "$(paste -sd ' ' "$tmp/failed") $(<"$tmp/cases")" "$failing 6" \
		"$form: the classes that the log has fail"
	$form "$tmp/none"
	is "$(paste -sd ' ' "$tmp/failed") $(<"$tmp/cases")" " 6" \
		"$form: a log without findings passes"
	$form --fail-on=lost,media,expired "$tmp/log"
	is "$(paste -sd ' ' "$tmp/failed") $(<"$tmp/cases")" "lost 3" \
		"$form: the classes that are asked for"
done

# As xfstests reads it (its common/report, __import_report_vars()).
declare -A vars=()
pinctl report --report-vars "$tmp/log" >"$tmp/vars"
# shellcheck disable=SC2162 # as it does
while IFS=':' read key value; do
	vars["${key%% }"]="${value## }"
done <"$tmp/vars"
is "${vars[PINFS_UNSTABLE]-} ${vars[PINFS_LOST]-} ${vars[PINFS_MEDIA]-}" \
	'200 100 0' "xfstests gets the sums"
sum=0
for key in "${!vars[@]}"; do
	case $key in PINFS_UNSTABLE_*) sum=$((sum + ${vars[$key]})) ;; esac
done
is "$sum" 200 "and those by cause"
is "$(cut -d: -f1 "$tmp/vars" | sort | uniq -d)" '' "no name comes twice"
is "$(grep -cvE '^PINFS_[A-Z_]+: .+$' "$tmp/vars")" 0 "and all are of one form"
exits 1 "a class that is there: status 1" eval \
	"pinctl report --junit --fail-on=lost '$tmp/log' >/dev/null"
