#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl doctor" shows each capability with how it was proven, and a
#           planted change that is seen; with live=off the same change is HIDDEN
#           and the status 1, so that the proof can fail.
# Refuted by: a proof that succeeds with live=off; a line without its ground.
# Proof of coverage: both runs plant the change: their reads pinned a page.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
plan 10
export TMPDIR=$tmp

# value FILE NAME - the second column of a line.
value() {
	awk -v name="$2" '$1 == name { print $2 }' "$1"
}

status=0
timeout 60 pinctl doctor >"$tmp/auto" || status=$?
cat "$tmp/auto" >&2
exits 1 "with live=off the status is 1" \
	eval "timeout 60 pinctl doctor -o live=off >'$tmp/off'"
cat "$tmp/off" >&2
is "$(value "$tmp/off" planted-change)" HIDDEN "the planted change is HIDDEN"
is "$(value "$tmp/off" clean-run)" HIDDEN "so is the clean run"
is "$(value "$tmp/off" live-writeback)" no "there is no live view"

names=$(pinctl list capabilities | awk '{ print $1 }')
is "$(awk 'NF >= 3 { print $1 }' "$tmp/auto" | grep -cxF "$names")" \
	"$(wc -l <<<"$names")" "each capability has an answer and a ground"
is "$(value "$tmp/auto" mount | wc -l)" 1 "a mount was made"

if grep -q '^reads-pin  *yes' "$tmp/auto"; then
	like "$(grep ^planted-change "$tmp/auto")" '[1-9][0-9]* pages? pinned' \
		"a page was pinned"
	like "$(grep ^planted-change "$tmp/off")" '[1-9][0-9]* pages? pinned' \
		"also with live=off"
else
	skip 2 "an O_DIRECT read pins nothing here, or pins are not counted"
fi
if [ "$(value "$tmp/auto" live-writeback)" = yes ]; then
	is "$status $(value "$tmp/auto" planted-change)" '0 UNSTABLE' \
		"the planted change is seen, status 0"
	is "$(value "$tmp/auto" clean-run)" STABLE "the clean run is quiet"
else
	is "$status $(value "$tmp/auto" planted-change)" '1 HIDDEN' \
		"the planted change is not seen, status 1"
	is "$(value "$tmp/auto" clean-run)" HIDDEN \
		"nothing is claimed about the clean run"
fi
