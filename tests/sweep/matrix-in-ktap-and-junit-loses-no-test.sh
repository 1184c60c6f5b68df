#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the matrix is KTAP with subtests for each kernel, and JUnit with a
#           testsuite for each; a kernel that could not be told has all scenarios,
#           none of them passed; sums are right; hostile text stays text.
# Refuted by: a fault that ktap.awk or the schema finds, a sum that is not that of
#             the cases, a test of a failed kernel that is "ok" or missing.
# Proof of coverage: the parser and the schema refuse both when they are damaged.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/sweep.sh"
require_prog jq
require_prog xmllint
plan 33

# ktap_good FILE - as the specification says, with right totals.
ktap_good() {
	awk -v totals=yes -f "$srcdir/tests/lib/ktap.awk" "$1" >&2
}

junit_good() {
	xmllint --noout --schema "$srcdir/tests/lib/junit.xsd" "$1"
}

# told LABEL - the lines of a kernel's subtests, without indentation.
told() {
	awk -v label="$1" '/^  # Subtest: / { inside = $3 == label }
		/^[^ ]/ { inside = 0 }
		inside { sub(/^  /, ""); print }' "$tmp/ktap"
}

count() {
	xmllint --xpath "count($1)" "$tmp/xml"
}

# both DIR STATUS NAME - in $tmp/ktap and $tmp/xml; five checks.
both() {
	local kind sums=''
	exits "$2" "$3: KTAP, status $2" \
		eval "sweep-matrix ktap '$1' >'$tmp/ktap'"
	ok "$3: as the specification says" ktap_good "$tmp/ktap"
	exits "$2" "$3: JUnit, status $2" \
		eval "sweep-matrix junit '$1' >'$tmp/xml'"
	ok "$3: as the schema says" junit_good "$tmp/xml"
	for kind in 'tests testcase' 'failures failure' 'errors error' \
		    'skipped skipped'; do
		sums+=$(count "//testsuite[@${kind% *} != count(.//${kind#* })]")
	done
	is "$sums" 0000 "$3: the sums of each suite are right"
}

sweep_six "$tmp/six"
both "$tmp/six" 3 "six kernels"
like "$(grep -v '^ ' "$tmp/ktap")" \
	$'\n1..6\nok 1 6.1.158\nnot ok 2 6.12.95\nnot ok 3 6.13.7 # ERROR panic\nnot ok 4 6.16.12\nnot ok 5 6.17.13\nnot ok 6 7.1-rc3 # ERROR boot-failure\n# Totals: pass:1 fail:3 xfail:0 xpass:0 skip:0 error:2' \
	"each kernel has its result"
like "$(told 6.12.95)" 'not ok 1 kernel'$'\n' "a warning fails its kernel"
like "$(told 6.12.95)" '# warn: WARNING: CPU: 0' "and is told"
like "$(told 6.1.158)" 'ok [0-9]+ pwrite@writeback # XFAIL UNSTABLE' \
	"a bad verdict that is known"
like "$(told 6.1.158)" 'ok [0-9]+ uring-read@writeback # SKIP SKIP: no io_uring here' \
	"what was skipped, and why"
like "$(told 6.16.12)" 'not ok [0-9]+ pwrite@writeback'$'\n' "a deviation"
like "$(told 6.17.13)" 'not ok [0-9]+ uring-read@writeback # ERROR ERROR: the mount went away' \
	"what could not be judged"
for kernel in 6.13.7 7.1-rc3; do
	like "$(told $kernel)" $'\n1..9\n' "the plan of $kernel has all scenarios"
	is "$(told $kernel | grep -c '^not ok ')" 9 "none of which has passed"
done
like "$(told 6.13.7)" 'not ok [0-9]+ aio-read@plain1 # ERROR no answer: STABLE came before' \
	"nor what came before a panic"
is "$(count '//testsuite[@name = "7.1-rc3"]//error')" 9 "in JUnit as well"
is "$(count '//testsuite[@name = "6.12.95"]/testcase[@name = "kernel"]/failure')" \
	1 "a warning is a failure there"
is "$(count '//testcase[contains(system-out, "16 bytes changed") and
	@classname = "6.16.12"]')" 1 "notes are there"

# Damaged, both are refused.
sed '0,/^  not ok/{/^  not ok/d}' "$tmp/ktap" >"$tmp/damaged"
not_ok "a subtest that is missing is found" ktap_good "$tmp/damaged"
sed 's/^not ok 2 /ok 2 /' "$tmp/ktap" >"$tmp/damaged"
not_ok "and a kernel that is better than its subtests" \
	ktap_good "$tmp/damaged"
sed '0,/<error/s/ message="[^"]*"//' "$tmp/xml" >"$tmp/damaged"
not_ok "and an error without a message" junit_good "$tmp/damaged"

# Whatever comes from a guest is text.
sweep_kernel "$tmp/hostile/one" 6.1.1 warned '
	.results[0].note = "a # SKIP\nok 7 forged\u001b[2J</testcase>]]>&\u202e" |
	.results[1].scenario = "x\nok 2 y # SKIP <b>" |
	.reason = "<!-- # XFAIL\nok 1" |
	.kernel_log = [{kind: "warn", text: "# SKIP\nok 9 </testsuite>",
			scenario: "\nok 3 z"}]' <<-END
	a@b LOST STABLE
	c@d STABLE STABLE
END
both "$tmp/hostile" 1 "hostile text"
is "$(grep -c '^ *ok\|^ *not ok' "$tmp/ktap")" 4 "no line is forged"
is "$(count '//testcase')" 3 "and no case"
unlike "$(cat "$tmp/ktap")" $'\x1b' "no escape sequence comes through"
unlike "$(cat "$tmp/ktap")" $'\u202e' "nor what turns the direction of writing"
like "$(cat "$tmp/ktap")" '\\u202e' "which is there as what it is"
