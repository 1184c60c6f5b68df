#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: that a pin has changed a page is never said where a write(2) or
# splice(2) has, also while pins change other pages of the file.
# Refuted by: a finding in the overwritten block with the cause "pin".
# Proof of coverage: there are so many findings in it of which somebody looked who
# it was, some of them are said to be overwrites, and pins of the other block are
# among the suspects.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
require_trace
plan 4
count=$(full 10000 30)

# causes BLOCK - of its findings that somebody looked into
causes() {
	grep '"event":"unstable"' "$events" | jq -r "select(.block == $1 and
		(.ground | test(\"nobody was looked for\") | not)) | .cause"
}

# examined - how many findings, of both blocks
examined() {
	pinctl status "$mnt" --json | jq '.counters | .unstable_pin +
		.unstable_overwrite + .unstable_unknown'
}

# enough - each time both blocks are written back, and mostly both are findings
enough() {
	[ "$(examined)" -ge $((5 * count / 2)) ]
}

mount_pinfs -o window=3ms,event_limit=100000,evidence=off
truncate -s 16k "$mnt/t"
head -c 2M /dev/urandom >"$tmp/source"
children=()
for words in "pwrite $mnt/t 1" "splice $mnt/t 1" "dio-read $mnt/t 2"; do
	# shellcheck disable=SC2086
	page-changer $words "$tmp/source" &
	children+=($!)
done
sync-range-loop 100000 "$mnt/t" >/dev/null &
children+=($!)
wait_for -t "$(full 1400 60)" enough || true
kill "${children[@]}"
wait "${children[@]}" || true
events_settle
diag "block 1: $(causes 1 | sort | uniq -c | tr -s ' \n' ' ')"
diag "block 2: $(causes 2 | sort | uniq -c | tr -s ' \n' ' ')"
ok "there are enough of them" [ "$(causes 1 | wc -l)" -ge "$count" ]
is "$(causes 1 | grep -c pin || true)" 0 "none is said to be a pin"
ok "overwrites are said to be overwrites" [ \
	"$(causes 1 | grep -c overwrite)" -gt "$((count / 10))" ]
ok "pins are seen meanwhile" [ "$(event_count '.event == "unstable" and
	.block == 2 and (.suspects | any(.kind == "pin"))')" -gt 0 ]
