#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the target "dir" is a file in the directory that --on names, on
#           whatever filesystem; it leaves nothing there; a planted change is seen.
# Refuted by: a run that uses another directory, a file that stays, a verdict that
#             is good whatever happens.
# Proof of coverage: a directory without space for the file makes the run fail,
#                    which one elsewhere would not.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 9
export TMPDIR=$tmp

on_tmpfs() {
	mkdir "$tmp/$1"
	mount -t tmpfs -o "$2" none "$tmp/$1"
	undo_with umount "$tmp/$1"
}
verdicts() {
	timeout 60 pinctl run --json "$@" store@after-writeback:dir \
		dio-read@after-writeback:dir |
		jq -r 'select(.scenario) | .verdict' | sort -u
}
on_tmpfs large size=1m
on_tmpfs small size=8k

is "$(verdicts)" STABLE "where temporary files go"
is "$(verdicts --on="$tmp/large")" STABLE "on another filesystem"
is "$(find "$tmp/large" -mindepth 1)" '' "nothing stays there"
is "$(verdicts --on="$tmp/small")" ERROR "one without space: an error"
is "$(find "$tmp/small" -mindepth 1)" '' "of which nothing stays either"
is "$(verdicts --on="$tmp/large" --mutate=elsewhere)" STABLE \
	"bytes that go elsewhere do no harm"
unlike "$(verdicts --on="$tmp/large" --mutate=plant)" 'STABLE|ERROR|SKIP' \
	"a planted change is seen"
is "$(cd "$tmp" && verdicts --on=large)" STABLE "by a relative name"
exits 2 "a directory that is not there" pinctl run --on="$tmp/none" '*:dir'
