#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: tests/fuzz/run says of each target that it was run, for how many
#           inputs, or where the input is that it ended with; and fails then.
# Refuted by: another line or status, or a target that is not run.
# Proof of coverage: planted targets record how they are called, and one finds.
. "$srcdir/tests/lib/tap.sh"
plan 8

cd "$tmp"
mkdir -p tests/fuzz
cat >tests/fuzz/dictionary <<'END'
#!/bin/sh
echo "\"word of $1\""
END
cat >tests/fuzz/good-fuzzer <<'END'
#!/bin/sh
echo "$@" >>calls
echo 'stat::number_of_executed_units: 42'
END
cat >tests/fuzz/bad-fuzzer <<'END'
#!/bin/sh
echo 'what it stumbled over'
echo 'Test unit written to tests/fuzz/found/bad/crash-1'
exit 77
END
chmod +x tests/fuzz/*

# fuzz ARGUMENT... - sets $output and $status.
fuzz() {
	status=0
	output=$(bash "$srcdir/tests/fuzz/run" "$@" 2>&1) || status=$?
}

fuzz 3 good
is "$output" 'ok fuzz good 3 s, 42 inputs' "a target is said to be run"
is "$status" 0 "and that is well"
like "$(cat calls)" "-max_total_time=3 .*inputs/good" \
	"it gets its time and its inputs"
is "$(cat tests/fuzz/good.dict)" '"word of good"' "and the words of its own"

fuzz 3 bad good
like "$output" 'what it stumbled over' "a target that finds something is shown"
like "$output" "not ok fuzz bad: $tmp/tests/fuzz/found/bad/crash-1" \
	"with the path of its input"
like "$output" 'ok fuzz good' "the next one is run"
is "$status" 1 "and that is a failure"
