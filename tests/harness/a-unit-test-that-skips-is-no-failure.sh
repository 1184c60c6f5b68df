#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: tests/lib/run-unit.sh passes on what a cmocka program says, a case
#           that skips as TAP has it, and the program's status.
# Refuted by: a skip that stays "not ok", another line changed, another status.
# Proof of coverage: a planted program says one line of each kind.
. "$srcdir/tests/lib/tap.sh"
plan 2

cat >"$tmp/program" <<'END'
#!/bin/sh
echo '1..3'
echo 'ok 1 - good'
echo 'not ok 2 - bad # SKIP is part of the name'
echo 'not ok 3 # SKIP skipped'
exit 3
END
chmod +x "$tmp/program"
status=0
output=$(bash "$srcdir/tests/lib/run-unit.sh" "$tmp/program") || status=$?
is "$output" '1..3
ok 1 - good
not ok 2 - bad # SKIP is part of the name
ok 3 # SKIP skipped' "only the skipped case is said otherwise"
is "$status" 3 "the status is the program's"
