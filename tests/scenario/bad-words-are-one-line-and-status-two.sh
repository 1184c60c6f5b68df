#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a scenario, option or value that does not exist gives one line on
#           standard error that names it, nothing on standard output, status 2,
#           and nothing is mounted.
# Refuted by: another status, several lines, a word that is not named.
# Proof of coverage: TMPDIR is not writable, so that a mount would fail with
#                    another status, which is checked.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
cases=(
	'nonsense run nonsense'
	'nonsense@writeback run store@writeback nonsense@writeback'
	'none@writeback run none@writeback'
	'--bogus run --bogus'
	'--repeat=0 run --repeat=0'
	'--repeat=many run --repeat=many'
	'--timeout=soon run --timeout=soon'
	'--seed=chance run --shuffle --seed=chance'
	'--seed run --seed=1'
	'@nonsense run @nonsense'
	'--exit-scheme=make run --exit-scheme=make'
	'--tap=14 run --tap=14'
	'--repeat run --repeat'
	'-o run --mnt=/ -o ro'
	'--pins-only run --mnt=/ --pins-only'
	'--mnt= run --mnt='
	'--bogus list --bogus'
	'nonsense list nonsense'
	'verbs list verbs store@writeback'
	'@nonsense list @nonsense'
	'--bogus doctor --bogus'
	'store@writeback doctor store@writeback'
)
plan $((3 * ${#cases[@]} + 3))
export TMPDIR=/proc/self

for line in "${cases[@]}"; do
	read -r named words <<<"$line"
	status=0
	# shellcheck disable=SC2086
	pinctl $words >"$tmp/out" 2>"$tmp/err" || status=$?
	is "$status $(wc -l <"$tmp/err")" '2 1' "$words: status 2, one line"
	ok "$words: the line names it" grep -qF -e "$named" "$tmp/err"
	is "$(<"$tmp/out")" '' "$words: nothing on standard output"
done

exits 3 "a mount is tried only for words that are good" \
	pinctl run store@writeback
export TMPDIR=$tmp
status=0
pinctl run -o nonsense store@writeback >"$tmp/out" 2>"$tmp/err" || status=$?
is "$status $(wc -l <"$tmp/err")" '2 1' \
	"an option that the daemon does not know: status 2, one line"
ok "the line names it" grep -q nonsense "$tmp/err"
