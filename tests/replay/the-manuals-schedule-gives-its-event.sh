#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the schedule of pinctl(1), which is installed, makes its unstable
#           block and the WRITE that settles it each time: on a given mount, on a
#           temporary one, and from standard input.
# Refuted by: a round that is not as it says.
# Proof of coverage: the events are counted in the log of the mount; the schedule
#                    fails when its read goes elsewhere.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 9
schedule=$srcdir/man/unstable.schedule
mount_pinfs
if [ "$(gate status | jq -r .live)" != proven ]; then
	skip 9 "this kernel hands out copies"
	exit 0
fi

rounds=$(full 1000 20)
exits 0 "$rounds rounds are as it says" \
	pinctl replay --repeat="$rounds" --timeout=20s "$mnt" "$schedule"
is "$(event_count '.event == "unstable" and .path == "/t"')" "$rounds" \
	"each made one unstable block"
is "$(event_count '.event == "settled" and .path == "/t"')" "$rounds" \
	"and each of these settled"
is "$(find "$src" -maxdepth 1 -type f)" '' "its files are gone"

mkdir "$tmp/runs"
export TMPDIR=$tmp/runs
like "$(pinctl replay "$schedule")" ' 1 of 1 rounds as expected' \
	"so it is on a temporary mount"
is "$(ls "$tmp/runs")" '' "which is gone"
like "$(pinctl replay "$mnt" - <"$schedule")" '^-: .* as expected' \
	"and from standard input"

# The same with another file read into other memory: nothing lands in the page.
sed 's/into=page/into=other/; s/^reader: map .*/&\nreader: anon mem=other len=4k/' \
	"$schedule" >"$tmp/harmless"
status=0
text=$(pinctl replay "$mnt" "$tmp/harmless" 2>&1) || status=$?
is "$status" 1 "with a read into other memory it fails"
like "$text" "count=1': expected count=1, got 0 events" "for want of the event"
