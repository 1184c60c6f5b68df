#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the table has colours on a terminal, a deviation in red; not with
#           NO_COLOR, not on TERM=dumb, and not in a file.
# Refuted by: an escape sequence that somebody did not want, or none at all.
# Proof of coverage: a pseudo-terminal of script(1); the same run each time.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_script
plan 6
export TMPDIR=$tmp
printf 'store@writeback\t-\tTORN\tplanted\n' >"$tmp/wrong.tsv"
command="pinctl run --known=$tmp/wrong.tsv store@writeback"

# table VARIABLE... - what a terminal gets.
table() {
	env -u NO_COLOR TERM=xterm "$@" script -qec "$command" /dev/null \
		</dev/null 2>&1 || true
}

red=$'\e''\[31mBLOCKED'
any=$'\e''\[[0-9]'
like "$(table)" "$red" "a deviation is red"
like "$(table NO_COLOR=)" "$red" \
	"an empty NO_COLOR is none"
unlike "$(table NO_COLOR=1)" "$any" "NO_COLOR"
unlike "$(table TERM=dumb)" "$any" "TERM=dumb"
unlike "$($command || true)" $'\e' "no terminal"
like "$(table NO_COLOR=1)" 'store@writeback +BLOCKED +TORN' \
	"the table is the same"
