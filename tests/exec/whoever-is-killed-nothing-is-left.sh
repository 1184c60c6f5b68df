#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whichever process of a pinctl exec is killed, and whatever signal it
#           gets, the others end: no mount in any namespace, no process, socket,
#           directory or loop device is left, and the status says what happened.
# Refuted by: something that is left, a status that says that all was well.
# Proof of coverage: each process is found by its place in the tree before it is
#                    killed; the command is seen to live, with a mount, a socket
#                    and a directory, and ignores what it can.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog losetup
. "$srcdir/tests/lib/exec.sh"
loops=yes
losetup -f >/dev/null 2>&1 || loops=
plan 42

# Ignores TERM and HUP, in a shell and in a child of another session.
# shellcheck disable=SC2016
stubborn=(sh -c 'trap "" TERM HUP; setsid idle 1000 & echo $! >"$1"; . "$0"
	idle 1000; idle 1000' "$tmp/note" "$tmp/straggler")

# kill_one VICTIM STATUS [OPTION...] - SIGKILL to it: four checks.
kill_one() {
	local victim=$1 wanted=$2 pid
	shift 2
	start_exec --kill-after=1s "$@" -- "${stubborn[@]}"
	case $victim in
	pinctl) pid=$exec_pid ;;
	command) pid=$(child_of "$(exec_process keeper)" sh) ;;
	*) pid=$(exec_process "$victim") ;;
	esac
	is "$(what_is_left | awk '{ print $1 }' | sort -u | tr '\n' ' ')" \
		"file mount process socket " "$victim: there is all of it"
	ok "$victim: it is killed" kill -9 "$pid"
	# Only its daemon minds, which ends without one as well.
	if [ "$victim" = supervisor ]; then
		wait_for process_gone "$pid"
		kill "$exec_pid"
	fi
	end_exec
	is "$status" "$wanted" "$victim: the status is $wanted"
	left_nothing "$victim $*: nothing is left"
}

kill_one command 137
kill_one pinctl 137
kill_one keeper 3
kill_one guard 3
like "$said" 'the guard of the mount was killed' "guard: it is said"
kill_one daemon 3
like "$said" 'the mount has ended before' "daemon: it is said"
kill_one supervisor 137
if [ -n "$loops" ]; then
	kill_one_loop() {
		start_exec -o pins_only --kill-after=1s -- "${stubborn[@]}"
		like "$(losetup -n -O BACK-FILE)" "pinfs:$src" \
			"pins_only, $1: there is a loop device"
		case $1 in
		pinctl) kill -9 "$exec_pid" ;;
		*) kill -9 "$(exec_process "$1")" ;;
		esac
		end_exec
		left_nothing "pins_only, $1: nothing is left"
	}
	kill_one_loop pinctl
	kill_one_loop daemon
else
	skip 4 "needs loop devices"
fi

for signal in TERM HUP; do
	start_exec --kill-after=1s -- "${stubborn[@]}"
	kill -s "$signal" "$exec_pid"
	end_exec
	is "$status" 137 "$signal, which the command ignores: it is killed"
	left_nothing "$signal: nothing is left"
done
# shellcheck disable=SC2016
polite='trap "echo got $1 >>$2; exit 9" $1; . "$0"; while :; do idle 0.1; done'
for signal in TERM HUP INT QUIT; do
	start_exec --kill-after=60s -- \
		sh -c "$polite" "$tmp/note" "$signal" "$tmp/got"
	kill -s "$signal" "$exec_pid"
	end_exec
	is "$status $(sort -u "$tmp/got")" "9 got $signal" \
		"$signal is passed on, and the command's status is the status"
	left_nothing "$signal: nothing is left"
	rm "$tmp/got"
done
