#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run --keep" leaves SOURCE of its mounts, the event log and
#           the files of the trials, and says where, also when it hangs or is
#           ended by a signal; the mount itself goes away. Without it nothing
#           stays.
# Refuted by: a place or a file that is said and is not there, or the other way
#             round; a mount that is left; anything left without --keep.
# Proof of coverage: the file of a trial has the bytes of the file that its
#                    writer read, and pinctl scrub verifies it; the log has the
#                    trial's event.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
[ "$(id -u)" -ne 0 ] || require_fusectl
plan 32
mkdir "$tmp/runs"
export TMPDIR=$tmp/runs
name=dio-read@writeback

# from FILTER - from the JSON of the last run.
from() {
	jq -r "$1" "$tmp/out"
}

# left - what there is of runs below TMPDIR.
left() {
	find "$TMPDIR" -mindepth 1 -maxdepth 1
}

# mounts - how many of them are mounted.
mounts() {
	grep -cF "$TMPDIR" /proc/self/mountinfo || true
}

# ------------------------------------------------------------ without --keep
ok "without --keep" eval "pinctl run --json $name >'$tmp/out'"
is "$(from '.files // .summary.kept' | jq -c .)" $'[]\n[]' "nothing is kept"
is "$(left)" '' "nothing stays"

# --------------------------------------------------------------- with --keep
ok "with --keep" eval \
	"pinctl run --json --keep $name store@writeback >'$tmp/out' 2>'$tmp/err'"
source=$(from '.summary | select(.) | .kept[].source')
log=$(from '.summary | select(.) | .kept[].log')
is "$(left)/source" "$source" "SOURCE is where it is said"
like "$(<"$tmp/err")" "'$source' will be kept" "and is said at the beginning"
is "$(from '.summary | select(.) | .kept[].state')" "$source/.pinfs" \
	"so is the state directory"
is "$(mounts)" 0 "the mount is gone"
is "$(find "$(left)" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | xargs)" \
	'messages source' "and its mount point"
mapfile -t files < <(from '.files | select(.) | .[]')
is "$(printf '%s\n' "${files[@]}" | sort)" \
	"$(find "$source" -maxdepth 1 -type f | sort)" \
	"the files of the trials are those that are said"
is "${#files[@]}" 3 "two of a writer that reads a file, one of a store"
target=$(from "select(.scenario == \"$name\") | .files[0]")
ok "the target has what the writer has read" cmp "$target" \
	"$(from "select(.scenario == \"$name\") | .files[1]")"
if [ "$(from "select(.scenario == \"$name\") | .verdict")" = UNSTABLE ]; then
	is "$(jq -c "select(.event == \"unstable\") | .path" "$log")" \
		"\"/${target##*/}\"" "the log has its event"
else
	is "$(jq -r 'select(.event == "unmount") | .event' "$log")" unmount \
		"the log is there to its end"
fi
ok "pinctl scrub looks at it" eval "pinctl scrub '$source' >'$tmp/scrub'"
like "$(<"$tmp/scrub")" '^3 files, 3 blocks: 3 verified,' \
	"and verifies each file"
rm -r "$(left)"

ok "the table" eval "pinctl run --keep store@writeback >'$tmp/out' 2>/dev/null"
is "$(tail -n 1 "$tmp/out")" \
	"kept: $(left)/source, events in $(left)/source/.pinfs/events.jsonl" \
	"ends with the place"
is "$(sed -n 's/^    file: //p' "$tmp/out")" \
	"$(find "$(left)/source" -maxdepth 1 -type f)" "and has the file"
rm -r "$(left)"

exits 2 "a daemon that refuses" pinctl run --keep -o nonsense=1 store@writeback
is "$(left)" '' "leaves nothing"

# ------------------------------------------------------------ an early end
find_mount() {
	point=$(awk -v dir="$TMPDIR/" 'index($5, dir) == 1 { print $5 }' \
		/proc/self/mountinfo)
	[ -n "$point" ]
}
busy() {
	[ "$(pinctl gate "$point" status | jq '.counters.holds')" -gt 2 ]
}
end() {
	kill -9 "$1" 2>/dev/null || true
}
# start OPTION... - a run in the background that is well under way.
start() {
	pinctl run --json --keep "$@" store@writeback >"$tmp/out" \
		2>"$tmp/err" &
	pid=$!
	undo_with end "$pid"
	wait_for find_mount
	wait_for busy
}
start --repeat=1000000
kill -TERM "$pid"
wait "$pid" || true
is "$(mounts)" 0 "a signal: the mount is gone"
ok "the events are there" test -s "$(left)/source/.pinfs/events.jsonl"
like "$(<"$tmp/err")" "'$(left)/source' will be kept" "where it was said"
rm -r "$(left)"

if [ "$(id -u)" -eq 0 ]; then
	start --repeat=200 --timeout=1s
	daemon=$(pinctl gate "$point" status | jq .pid)
	kill -STOP "$daemon"
	undo_with end "$daemon"
	status=0
	wait "$pid" || status=$?
	is "$status" 1 "a hang"
	is "$(from '.summary | select(.) | .kept[].source' | sort)" \
		"$(left | sed 's,$,/source,' | sort)" \
		"both mounts are kept: that which hung, and the next"
	is "$(left | wc -l)" 2 "those are two"
	is "$(mounts)" 0 "nothing is mounted"
	left | xargs rm -r
else
	skip 4 "only root can abort a mount"
fi

# ------------------------------------------------------------- a given mount
mount_pinfs
ok "on a given mount" eval \
	"pinctl run --json --keep --mnt='$mnt' $name >'$tmp/out'"
is "$(from '.files | select(.) | .[]')" \
	"$(find "$src" -name 'pinctl-*' | sort -r)" "its files stay"
is "$(from '.summary | select(.) | .kept | map([.source, .log]) | flatten[]' |
	xargs)" "$src $src/.pinfs/events.jsonl" "the place is SOURCE"

if [ "$(id -u)" -eq 0 ]; then
	gate hold op=write deadline=25s >&2
	exits 1 "a hang there" eval "pinctl run --json --keep --timeout=500ms \
		--mnt='$mnt' store@writeback >'$tmp/out'"
	ok "leaves the file that it was about" \
		test -f "$(from 'select(.verdict == "HUNG") | .files[0]')"
else
	skip 2 "only root can abort a mount"
fi
