#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: each row of README.md's table of clients is what a test of tests/real
#           compares its findings with, and each such comparison has its row.
# Refuted by: a row or a comparison without the other.
# Proof of coverage: neither list is empty; a planted difference is found.
. "$srcdir/tests/lib/manual.sh"
. "$srcdir/tests/lib/real.sh"
plan 2

# compared - "CLIENT|TEST" of the calls of as_in_readme.
compared() {
	local file name
	for file in "$srcdir"/tests/real/*.sh; do
		name=${file##*/}
		sed -n "s/^as_in_readme '\([^']*\)' .*/\1|${name%.sh}/p" "$file"
	done
}

rows=$(readme_clients | cut -d '|' -f 1,3)
agree "clients and their tests" "$rows" "$(compared)"
planted_is_found "a planted difference is found" "$rows"
