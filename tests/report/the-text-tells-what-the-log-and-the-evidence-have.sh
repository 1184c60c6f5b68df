#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl report tells each finding of a mount with its bytes before and
#           after, in a hexdump that marks what differs, and the timeline that the
#           log and the evidence give together; the same from the mount, its state
#           directory, its SOURCE and its log. The mail has no line over 72 columns
#           and no tab. Options choose among the findings.
# Refuted by: other bytes or marks, a missing moment, a difference, a long line.
# Proof of coverage: the bytes were planted by the test, at a place that it knows;
#                    a path and a planted text are longer than a line.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/report.sh"
require_fuse
require_prog jq
plan 29
make_findings

ok "the report of a mount" eval "pinctl report '$mnt' >'$tmp/text'"
has() {
	grep -qE -e "$1" "$tmp/text"
}
# cause CLASS - what the log says.
cause() {
	event_lines ".event == \"$1\"" | jq -r .cause
}
ok "sums by class and cause" has "^found: +1 unstable \(1 $(cause unstable)\), $(
	)1 lost \(1 $(cause lost)\)\$"
ok "the kernel" has "^kernel: +$(uname -r)\$"
ok "the mount" has "^mount: .*$mnt"
ok "a row for the unstable block" \
	has "^ +1 [0-9:.]+ +unstable +1 +${#planted} $(cause unstable) +/t\$"
ok "and for the lost one" has '^ +2 [0-9:.]+ +lost +1 +- .* /t$'
ok "where it has changed" \
	has "^changed: +bytes 900-$((899 + ${#planted})) of the block"

# The hexdump: what the lines of "+" say at the offsets that they name.
sed -n '/^Finding 1/,/^Finding 2/p' "$tmp/text" >"$tmp/first"
dumped=$(awk '/^\+ [0-9a-f]{4} / || /^\+ [0-9a-f][0-9a-f][0-9a-f][0-9a-f] / {
	for (i = 3; i <= 18; i++) print $i }' "$tmp/first" | paste -sd '')
ok "the new bytes are in the dump" \
	grep -q "$(printf %s "$planted" | od -An -v -tx1 | tr -d ' \n')" \
	<<<"$dumped"
ok "and can be read beside it" grep -qE '^\+ 0380 .*PLANTED-BY-T$' "$tmp/first"
is "$(grep -o '\^\^' "$tmp/first" | wc -l)" "${#planted}" \
	"each byte that differs is marked, and no other"
for what in arrival held released recheck reply logged lost; do
	ok "the timeline has '$what'" \
		grep -qE "^ +[-+][0-9.]+ $what( |\$)" "$tmp/first"
done
is "$(sed -nE 's/^ +([-+][0-9.]+) [a-z_]+( .*|$)/\1/p' "$tmp/first" |
	sort -gc 2>&1)" '' "in ascending order"

umount_pinfs
pinctl report "$src/.pinfs" >"$tmp/state"
ok "a state directory" grep -qx 'Finding 2: lost' "$tmp/state"
pinctl report "$src" | diff "$tmp/state" - >&2 && same=yes || same=no
is "$same" yes "its SOURCE gives the same"
pinctl report "$src/.pinfs/events.jsonl" | diff "$tmp/state" - >&2 &&
	same=yes || same=no
is "$same" yes "and so does its log"

is "$(pinctl report --class=lost "$src" | grep -c ^Finding)" 1 "a class"
is "$(pinctl report --path='/x*' "$src" | grep -c ^Finding)" 0 "a path"
is "$(pinctl report --last=1 "$src" | sed -n 's/^Finding //p')" '2: lost' \
	"the last one"
exits 1 "a class that is there fails" \
	eval "pinctl report --fail-on=lost '$src' >/dev/null"
exits 0 "one that is not does not" \
	eval "pinctl report --fail-on=media '$src' >/dev/null"
exits 3 "what is not there cannot be told" pinctl report "$tmp/nothing"

# A name longer than a line, with bytes that no terminal should get.
long=/$(printf 'x%.0s' {1..150})$'\e[31m'
jq -c --arg long "$long" 'if .path then .path = $long else . end' \
	"$src/.pinfs/events.jsonl" >"$tmp/long.jsonl"
pinctl report --mail "$tmp/long.jsonl" >"$tmp/mail"
is "$(wide "$tmp/mail" 72)" '' "no line of a mail is longer than 72 columns"
is "$(LC_ALL=C grep -c $'[\t\e]' "$tmp/mail" || true)" 0 \
	"nor has one a tab, or an escape"
