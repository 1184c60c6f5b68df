#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: however a replay is ended while it holds requests, by SIGKILL or a
#           signal that can be handled, its gates go, what they held goes on, and
#           its clients are gone; its temporary mount, too. A pause of its own is
#           resumed, but not after SIGKILL.
# Refuted by: a gate, a held request, a client or a mount that is left; a status
#             that is not the signal's.
# Proof of coverage: before the signal two clients had a request held each, for 25
#                    seconds.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 32
mount_pinfs

cat >"$tmp/schedule" <<'END'
a: create fd=t path=t size=4k
a: fdatasync fd=t
a: open fd=d path=t direct
b: open fd=d path=t direct
hold op=read path=/t deadline=25s
a: read fd=d len=4k & as one
b: read fd=d len=4k & as two
wait held=2
blocked one two
mark text=held
join
END

# start SCHEDULE [MNT] - a replay in the background. SIGINT is not ignored in it, as
# it would be in a job of a shell without job control.
start() {
	env --default-signal=INT pinctl replay "${@:2}" "$1" >"$tmp/out" 2>&1 &
	pid=$!
	undo_with end "$pid"
}

# end PID - if it is still there.
end() {
	kill -9 "$1" 2>/dev/null || true
}

holds() {
	[ "$(pinctl gate "$1" list | jq '.held | length')" = 2 ]
}

idle() {
	[ "$(gate status | jq -c '[.gates, .held]')" = '[0,0]' ]
}

# children PID - that it has.
children() {
	cat "/proc/$1/task/$1/children"
}

all_gone() {
	local number
	for number in $clients; do
		process_gone "$number" || return
	done
}

# ends_by SIGNAL
ends_by() {
	local status=0
	kill -s "$1" "$pid"
	wait "$pid" || status=$?
	is "$status" $((128 + $(kill -l "$1"))) "$1: the status says so"
}

for signal in KILL INT TERM HUP; do
	start "$tmp/schedule" "$mnt"
	wait_for holds "$mnt"
	clients=$(children "$pid")
	is "$(wc -w <<<"$clients")" 2 "$signal: two clients have a request held"
	ends_by "$signal"
	ok "$signal: the clients are gone" wait_for all_gone
	ok "$signal: nothing is held" wait_for idle
done
sed 's/^mark.*/pause/' "$tmp/schedule" >"$tmp/pausing"
paused() {
	[ "$(gate status | jq -c '[.paused, .held]')" = '[true,2]' ]
}
for signal in INT TERM HUP; do
	start "$tmp/pausing" "$mnt"
	wait_for paused
	ends_by "$signal"
	is "$(gate status | jq .paused)" false "$signal: it is resumed"
	ok "$signal: and nothing is held" wait_for idle
done

is "$(event_count '.event == "expired"')" 0 "no hold ended by its deadline"

find_mount() {
	point=$(awk -v dir="$tmp/runs/" 'index($5, dir) == 1 { print $5 }' \
		/proc/self/mountinfo)
	[ -n "$point" ]
}
nothing_left() {
	[ -z "$(ls "$tmp/runs")" ] && ! find_mount
}
mkdir "$tmp/runs"
export TMPDIR=$tmp/runs
for signal in KILL TERM; do
	start "$tmp/schedule"
	wait_for find_mount
	wait_for holds "$point"
	clients=$(children "$pid")
	ends_by "$signal"
	ok "$signal: the clients on a temporary mount are gone" wait_for all_gone
	ok "$signal: and so is the mount" wait_for -t 20 nothing_left
done
