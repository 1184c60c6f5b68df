#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a report reads a log to its end in bounded memory, however long it is:
#           the sums are exact, the last findings can be told. Lines that are none,
#           numbers that are missing and a last line without an end are counted and
#           said, and nothing behind them is missed.
# Refuted by: another sum; a finding that is missed; more memory.
# Proof of coverage: the same memory is not enough for the log itself; the faults
#                    were put there, and the findings behind them are the last ones.
. "$srcdir/tests/lib/tap.sh"
. "$srcdir/tests/lib/require.sh"
PATH=$top_builddir/tests/helpers:$PATH
if [ "${PINFS_TEST_FULL:-}" = 1 ]; then count=1000000; else count=60000; fi
plan 10
mkdir "$tmp/log"
findings-log "$tmp/log" "$count" 3
log=$tmp/log/events.jsonl
lost=$((count / 3))
kib=20000

# bounded OPTION... - a report with so much memory for data.
bounded() {
	(ulimit -d "$kib" && exec pinctl report "$@")
}
ok "the log is larger than the memory" \
	test "$(stat -c %s "$log")" -gt $((kib * 1024))
ok "it is read" eval "bounded --last=100 '$log' >'$tmp/text'"
is "$(sed -nE 's/^found: +([0-9]+) unstable .*, ([0-9]+) lost.*/\1 \2/p' \
	"$tmp/text")" "$((count - lost)) $lost" "the sums are exact"
is "$(grep -c '^Finding ' "$tmp/text")" 100 "the last hundred are told"
ok "the last of them is the log's" grep -q "^Finding $count: " "$tmp/text"

# The middle of the log is harmed: a line that is none, three that are missing, a
# NUL, and a line longer than any.
{
	sed -n 1,100p "$log"
	echo 'no line of events'
	sed -n 104,200p "$log"
	printf 'a\0b\n'
	head -c 17000000 /dev/zero | tr '\0' x
	echo
	sed -n 201,700p "$log"
	printf '{"seq":'
} >"$tmp/harmed.jsonl"
pinctl report --last=1 "$tmp/harmed.jsonl" >"$tmp/text"
is "$(sed -n 's/^malformed: *\([0-9]*\) .*/\1/p' "$tmp/text")" 3 \
	"lines that are none are counted"
is "$(sed -n 's/^dropped: *\([0-9]*\) .*/\1/p' "$tmp/text")" 3 \
	"so are those that are missing"
ok "that the last has no end is said" grep -q '^cut:' "$tmp/text"
is "$(sed -nE 's/^found: +([0-9]+) unstable .*, ([0-9]+) lost.*/\1 \2/p' \
	"$tmp/text" | awk '{ print $1 + $2 }')" \
	"$(grep -ac '"event":"\(unstable\|lost\)"' "$tmp/harmed.jsonl")" \
	"nothing behind them is missed"
: >"$tmp/empty"
ok "an empty log has found nothing" \
	eval "pinctl report '$tmp/empty' | grep '^found: *nothing' >/dev/null"
