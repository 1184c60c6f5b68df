#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: on a terminal a run that takes longer than a second says how far it
#           is, in one line that is drawn again in its place, and that is erased
#           before anything else is written; not with --quiet, and not where
#           standard error is no terminal.
# Refuted by: no line, a second line, a rest of it in front of other text.
# Proof of coverage: a pseudo-terminal of script(1); the run has no end until the
#                    line has been seen, and then ends by a hang, which both a
#                    message and the table tell.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_script
require_prog jq
plan 10
mkdir "$tmp/runs"
typescript=$tmp/typescript
erase=$'\r\e''\[K'

find_mount() {
	point=$(awk -v dir="$tmp/runs/" 'index($5, dir) == 1 { print $5 }' \
		/proc/self/mountinfo)
	[ -n "$point" ]
}
# holds N - more than that many requests have been held.
holds() {
	[ "$(pinctl gate "$point" status | jq '.counters.holds')" -gt "$1" ]
}
# end PID - if it is still there.
end() {
	kill -9 "$1" 2>/dev/null || true
}
shown() {
	grep -aqE "$1" "$typescript"
}

# on_terminal WORDS... - an endless run of pinctl there, in the background.
on_terminal() {
	rm -f "$typescript"
	TMPDIR=$tmp/runs timeout 100 script -qefc \
		"pinctl run --until-failure --timeout=2s $*" "$typescript" \
		</dev/null >/dev/null 2>&1 &
	pid=$!
	undo_with end "$pid"
	wait_for find_mount
}

# hang - stop the daemon, so that the run ends; its status, into $status.
hang() {
	local daemon
	daemon=$(pinctl gate "$point" status | jq .pid)
	kill -STOP "$daemon"
	undo_with end "$daemon"
	status=0
	wait "$pid" || status=$?
}

on_terminal store@writeback
ok "there is a line" wait_for shown '[0-9]+, store@writeback'
hang
is "$status" 1 "the hang ends the run"
lines=$(sed "s/\r\$//" "$typescript" | grep -a ', store@writeback')
ok "it was drawn more than once" \
	[ "$(grep -ao ', store@writeback' <<<"$lines" | wc -l)" -gt 2 ]
# What a terminal shows in the end: of each line what follows the last erasure.
seen=$(sed "s/\r\$//; s/.*$erase//" "$typescript")
is "$(grep -acE '^[0-9]+, store@writeback' <<<"$seen" || true)" 0 \
	"nothing of it is left"
ok "the table begins at the beginning of a line" \
	grep -qE '^scenario +verdict' <<<"$seen"
ok "so does its row" grep -qE '^store@writeback .*HUNG' <<<"$seen"
ok "the line was there, and was erased for what came" \
	grep -qaE ", store@writeback.*$erase(pinctl|scenario)" "$typescript"

on_terminal --repeat=1000000 --quiet store@writeback
wait_for -t 30 holds 400
hang
ok "--quiet: none" eval '! shown "[0-9]+ of [0-9]+, "'

on_terminal --repeat=1000000 store@writeback
ok "with a limit it says of how many" \
	wait_for shown '[0-9]+ of 1000000, store@writeback'
hang

on_terminal store@writeback '2>/dev/null'
wait_for -t 30 holds 400
hang
ok "no terminal: none" eval '! shown "[0-9]+, store@writeback"'
