#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --until-failure goes by rounds over the scenarios, to --repeat or
#           without end, and stops at the first run that is not as known, which
#           it names; the status is that of what it found.
# Refuted by: a run after that one, another run that is named, an end without
#             one before --repeat.
# Proof of coverage: the run that fails is the second of a planted file, and one
#                    among many, when the daemon is stopped by SIGSTOP.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 14
mkdir "$tmp/runs"
export TMPDIR=$tmp/runs
both=(store@writeback store@after-writeback)

cat >"$tmp/wrong.tsv" <<'END'
store@after-writeback	-	LOST	planted
store@writeback	-	BLOCKED	as it is
END

# summary FILTER - of the last run.
summary() {
	jq -c ".summary | select(.) | $1" "$tmp/out"
}

exits 1 "a deviation, without end" eval "timeout 60 pinctl run --json \
	--until-failure --known='$tmp/wrong.tsv' ${both[*]} >'$tmp/out'"
is "$(summary .stopped)" \
	'{"run":2,"scenario":"store@after-writeback","run_of_scenario":1,"verdict":"STABLE"}' \
	"the run is named"
exits 1 "a deviation, with a limit" eval "timeout 60 pinctl run --json \
	--until-failure --repeat=5 --known='$tmp/wrong.tsv' ${both[*]} >'$tmp/out'"
is "$(summary .runs)" 2 "nothing runs after it"
exits 1 "one that comes before others" eval "timeout 60 pinctl run --json \
	--until-failure --strict dio-read@after-writeback pwrite@writeback \
	store@writeback >'$tmp/out'"
is "$(summary '[.runs, .outcomes.skipped, .stopped.scenario]')" \
	'[2,1,"pwrite@writeback"]' \
	"--strict: what is not accepted is a failure; the rest is skipped"

exits 0 "all is as known up to the limit" eval "timeout 60 pinctl run --json \
	--until-failure --repeat=3 ${both[*]} >'$tmp/out'"
is "$(summary '[.runs, .stopped]')" '[6,null]' "then all have run"
exits 4 "what can only be skipped ends it" timeout 60 pinctl run \
	--until-failure -o cache=none store@writeback

find_mount() {
	point=$(awk -v dir="$tmp/runs/" 'index($5, dir) == 1 { print $5 }' \
		/proc/self/mountinfo)
	[ -n "$point" ]
}
busy() {
	[ "$(pinctl gate "$1" status | jq '.counters.holds')" -gt 20 ]
}
# end PID - if it is still there.
end() {
	kill -9 "$1" 2>/dev/null || true
}

timeout 100 pinctl run --json --until-failure --timeout=1s "${both[@]}" \
	>"$tmp/out" 2>"$tmp/err" &
pid=$!
wait_for find_mount
wait_for busy "$point"
daemon=$(pinctl gate "$point" status | jq .pid)
kill -STOP "$daemon"
undo_with end "$daemon"
status=0
wait "$pid" || status=$?
is "$status" 1 "a hang after many runs"
ok "there were many" [ "$(summary .runs)" -gt 20 ]
is "$(summary '.runs - .stopped.run')" 0 "the last run is the one that is named"
is "$(summary .stopped.verdict)" '"HUNG"' "so is its verdict"
is "$(jq -s 'map(select(.scenario) | .runs) | max - min' "$tmp/out")" \
	"$(summary '.runs % 2')" "no scenario is ahead of the other by a round"
