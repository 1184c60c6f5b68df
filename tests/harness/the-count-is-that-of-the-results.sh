#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: tests/count-results counts every check of every .trs file, counts a
#           test without a result as failed, gives the reasons of skips, and
#           says by its status whether all was well.
# Refuted by: another last line, or status, than the planted files call for.
# Proof of coverage: each kind of result is planted.
. "$srcdir/tests/lib/tap.sh"
plan 13

# trs NAME RESULT... - a planted result file.
trs() {
	local name=$1 result
	shift
	for result; do
		echo ":test-result: $result"
	done >"$tmp/$name.trs"
	printf ':global-test-result: X\n:recheck: no\n' >>"$tmp/$name.trs"
}

# count NAME... - sets $output, $last and $status.
count() {
	local files=("${@/#/$tmp/}")
	status=0
	output=$("$srcdir/tests/count-results" "${files[@]/%/.trs}" 2>&1) ||
		status=$?
	last=${output##*$'\n'}
}

trs good PASS PASS XFAIL
trs skipped SKIP PASS
echo 'SKIP: skipped 1 # SKIP needs root' >"$tmp/skipped.log"
trs bad FAIL PASS
echo 'FAIL: bad 1 - two and two' >"$tmp/bad.log"
trs error ERROR
trs xpass XPASS
trs strange PERHAPS
trs none
: >"$tmp/empty.trs"

count good
is "$last" '3 passed, 0 failed, 0 skipped' "checks are counted one by one"
is "$status" 0 "and the status is 0"

count good skipped
is "$last" '4 passed, 0 failed, 1 skipped' "a skipped check is no failure"
is "$status" 0 "and leaves the status 0"
like "$output" 'needs root' "its reason is printed"

count good bad
is "$last" '4 passed, 1 failed, 0 skipped' "a failed check is counted"
is "$status" 1 "and the status is 1"
like "$output" 'two and two' "what failed is printed"

count error xpass strange
is "$last" '0 passed, 3 failed, 0 skipped' \
	"an error, an unexpected success and an unknown word are failures"

count good missing none empty
is "$last" '3 passed, 3 failed, 0 skipped' \
	"a file that is missing, or has no result, is a failure"
like "$output" "NO RESULT: $tmp/missing" "which is named"

trs all-skipped SKIP
count all-skipped
is "$last $status" '0 passed, 0 failed, 1 skipped 1' \
	"when nothing has passed the status is 1"
count
is "$last $status" '0 passed, 0 failed, 0 skipped 1' \
	"also when there was nothing to count"
