#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a script that uses tests/lib/tap.sh ends with 0 only when every
#           check was ok; however it ends, what it registered is undone, in
#           reverse, and its scratch directory is gone.
# Refuted by: status 0 after a failed check or a failed command, or an undo that
#             did not run.
# Proof of coverage: each planted script is also seen to write its TAP lines.
. "$srcdir/tests/lib/tap.sh"
plan 16

# script BODY - runs it as a test; sets $output (TAP), $errors and $status.
script() {
	status=0
	printf '%s\n' '. "$srcdir/tests/lib/tap.sh"' "$1" >"$tmp/script.sh"
	output=$(bash "$tmp/script.sh" 2>"$tmp/errors") || status=$?
	errors=$(<"$tmp/errors")
}

script 'plan 2; ok one true; not_ok two false'
is "$status" 0 "two good checks: status 0"
is "$output" $'1..2\nok 1 - one\nok 2 - two' "and their lines"

script 'plan 1; is a b "the same"'
is "$status" 1 "a failed check: status 1"
like "$output" '^1\.\.1.not ok 1 - the same$' "and its line"
like "$errors" 'got: a' "and what was got"

script 'plan 1; false; pass never'
is "$status" 1 "a failed command ends the test with its status"
like "$errors" 'died with status 1 at .*script.sh:2' "and tells where"

script 'plan 2; f() { false; true; }; (exit 7); pass never'
is "$status" 7 "also in a subshell"

script 'undo_with echo first; undo_with echo second; echo "$tmp"; exit 3'
is "$status" 3 "an exit keeps its status"
like "$errors" $'second\nfirst' "the undoing is in reverse"
not_ok "the scratch directory is gone" test -e "$output"

script 'undo_with echo undone; kill -TERM $$; exit 0'
is "$status $errors" '143 undone' "it is undone after a signal, too"

script 'undo_with false; plan 1; pass one'
is "$status" 1 "an undo that fails makes the test fail"

script 'skip_all "no such thing"'
is "$output" '1..0 # SKIP no such thing' "skipping all before the plan"
script 'plan 2; skip_all why'
is "$output" $'1..2\nok 1 # SKIP why\nok 2 # SKIP why' "and after it"

script 'on_failure echo evidence; plan 1; fail one'
like "$errors" 'evidence' "evidence is left when a check has failed"
