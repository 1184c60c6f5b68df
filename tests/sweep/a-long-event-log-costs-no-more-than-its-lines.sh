#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what the page of a sweep takes for an event log grows with its lines, and
#           not with lines times scenarios.
# Refuted by: four times the time of processors for four times the scenarios, with
#             a log of as many lines.
# Proof of coverage: the events are in the page, each with its own scenario.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/sweep.sh"
require_prog jq
plan 3

# put DIR SCENARIOS - with a file of each, and 20000 events about these.
put() {
	seq "$2" | sed 's/.*/scenario-&@writeback STABLE STABLE/' |
		sweep_kernel "$1" 6.1.1 complete '.files.events = "events.jsonl" |
			.results[] |= (.files = ["/tmp/p/\(.scenario)"])'
	seq 20000 | awk -v scenarios="$2" '{ printf "{\"event\":\"mark\",\"seq\":%d," \
		"\"path\":\"/scenario-%d@writeback\"}\n", $1, $1 % scenarios + 1 }' \
		>"$1/events.jsonl"
}

put "$tmp/few/one" 1000
put "$tmp/many/one" 4000
few=$(cpu_ms sweep-matrix html "$tmp/few")
many=$(cpu_ms sweep-matrix html "$tmp/many")
ok "$many ms with 4000 scenarios, $few with 1000" test "$many" -lt $((3 * few))
is "$(grep -c '"event_count":5,' "$tmp/said")" 4000 "each has its five"
is "$(grep '"scenario":"scenario-77@writeback"' "$tmp/said" |
	jq -r '[.events[] | fromjson.path] | unique[]')" \
	/scenario-77@writeback "and no other's"
