#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --exit-scheme makes 77 (automake), 32 (ltp) and 125 (bisect) of
#           "everything skipped", and for bisect 125 of "could not tell" too;
#           0 and 1 stay in every scheme.
# Refuted by: another status.
# Proof of coverage: each case has its own status without a scheme.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
plan 16
export TMPDIR=$tmp
printf 'store@writeback\t-\tTORN\tplanted\n' >"$tmp/wrong.tsv"
: >"$tmp/empty.tsv"

# statuses DESCRIPTION PLAIN AUTOMAKE LTP BISECT OPTION...
statuses() {
	local description=$1 wanted=("${@:2:4}") i=0 scheme
	for scheme in pinctl automake ltp bisect; do
		exits "${wanted[i]}" "$description, $scheme" pinctl run \
			--exit-scheme="$scheme" "${@:6}" store@writeback
		i=$((i + 1))
	done
}

statuses "as known" 0 0 0 0
statuses "a deviation" 1 1 1 1 --known="$tmp/wrong.tsv"
statuses "nothing known" 3 3 3 125 --known="$tmp/empty.tsv"
statuses "skipped" 4 77 32 125 -o cache=none
