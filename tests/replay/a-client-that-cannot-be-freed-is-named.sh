#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what cannot be run ends with status 3 and a reason: no mount, a client
#           that is gone, a client that stays in the mount when all is let go of,
#           which is named; a temporary mount goes away all the same.
# Refuted by: another status, no name, a replay that does not end.
# Proof of coverage: the daemon is stopped (SIGSTOP) while the client is in a
#                    call that it has to answer, and has no watchdog, so that
#                    nothing frees it; the
#                    client is seen afterwards.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 11
mount_pinfs -o watchdog=off

cat >"$tmp/schedule" <<'END'
a: create fd=t path=t size=4k
a: fdatasync fd=t
a: open fd=d path=t direct
hold op=read path=/t deadline=25s
a: read fd=d len=4k & as one
wait held=1
blocked one
join
END

cat >"$tmp/asleep" <<'END'
a: pipe fd=p
a: read fd=p.r len=1 & as one
blocked one
mark text=asleep
join
END

exits 3 "no mount is status 3" pinctl replay "$tmp" "$tmp/schedule"

# start NAME ARGUMENT... - a replay in the background.
start() {
	local name=$1
	shift
	pinctl replay "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" &
	pid=$!
	undo_with end "$pid"
}

end() {
	kill -9 "$1" 2>/dev/null || true
}

holds() {
	[ "$(pinctl gate "$1" list | jq '.held | length')" = 1 ]
}

find_mount() {
	point=$(awk -v dir="$tmp/runs/" 'index($5, dir) == 1 { print $5 }' \
		/proc/self/mountinfo)
	[ -n "$point" ]
}

# client_of PID - its one client; the guard of a temporary mount is another
# child.
client_of() {
	local child
	for child in $(<"/proc/$1/task/$1/children"); do
		if [ "$(<"/proc/$child/comm")" = pinctl ]; then
			echo "$child"
		fi
	done
}

# sleeps PID - has it a thread that sleeps? Its first may be a zombie by then.
sleeps() {
	grep -q '^State:.[DS]' /proc/"$1"/task/*/status
}

start killed "$mnt" "$tmp/asleep"
wait_for has_event '.event == "mark" and .text == "asleep"'
kill -9 "$(client_of "$pid")"
status=0
wait "$pid" || status=$?
is "$status" 3 "a client that was killed is status 3"
like "$(<"$tmp/killed.err")" "'a: read .*': cannot be done: the other side has gone" \
	"it says so"

start given --timeout=3s "$mnt" "$tmp/schedule"
given=$pid
wait_for holds "$mnt"
given_client=$(client_of "$pid")
mkdir "$tmp/runs"
TMPDIR=$tmp/runs start own --timeout=3s -o watchdog=off "$tmp/schedule"
own=$pid
wait_for find_mount
wait_for holds "$point"
own_client=$(client_of "$pid")
own_daemon=$(pinctl gate "$point" status | jq .pid)
kill -STOP "$daemon_pid" "$own_daemon"
status=0
wait "$given" || status=$?
is "$status" 3 "a client that stays in the mount is status 3"
like "$(<"$tmp/given.err")" "client a \\(process $given_client\\) is still in the mount" \
	"it is named"
ok "and it is there" sleeps "$given_client"
kill -CONT "$daemon_pid"
ok "until the daemon goes on" wait_for eval '! sleeps "$given_client"'
status=0
wait "$own" || status=$?
is "$status" 3 "on a temporary mount as well"
like "$(<"$tmp/own.err")" "client a \\(process $own_client\\) is still in the mount" \
	"it is named"
ok "with that mount it is gone" wait_for eval '! sleeps "$own_client"'
is "$(ls "$tmp/runs")" '' "and so is the mount"
