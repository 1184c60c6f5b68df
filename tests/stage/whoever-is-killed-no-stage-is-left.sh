#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whichever process of a pinctl stage is killed while the stage's WRITEs
#           are held, receiving is paused, or the daemon is stopped, nothing is
#           left: no loop device, mount, image, process or socket. When all are
#           killed at once, the next pinctl stage, or pinctl doctor, removes what is.
# Refuted by: something that is left.
# Proof of coverage: all of it is seen to be there before the kill, with a command
#                    that sleeps in the stage's fsync(2).
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/exec.sh"
. "$srcdir/tests/lib/stage.sh"
require_stage ext4
more=$(full yes no)
plan "$(full 30 18)"

# In the command: someone waits for a request that does not end by itself.
# shellcheck disable=SC2016
held='hold=$(pinctl gate -q "$PINFS_MNT" hold op=write)
	dd if=/dev/zero of=f bs=4k count=4 conv=fsync 2>/dev/null &
	pinctl gate "$PINFS_MNT" wait id="$hold" >/dev/null
	. "$0"; idle 1000; idle 1000'
# shellcheck disable=SC2016,SC2034 # by its name, in kill_one
paused='pinctl pause "$PINFS_MNT" >/dev/null
	dd if=/dev/zero of=f bs=4k count=4 conv=fsync 2>/dev/null &
	until pinctl status "$PINFS_MNT" --json | jq -e ".queued > 0" >/dev/null
	do idle 0.05; done
	. "$0"; idle 1000; idle 1000'

# begin HOW - a stage in that state: a check that all is there.
begin() {
	start_stage --kill-after=1s ext4 -- sh -c "$1" "$tmp/note"
	is "$(what_is_left | awk '{ print $1 }' | sort -u | tr '\n' ' ')" \
		"file loop mount process socket " "$2: there is all of it"
}

# kill_one HOW VICTIM STATUS - SIGKILL to it: three checks.
kill_one() {
	local pid
	begin "${!1}" "$1, $2"
	case $2 in
	pinctl) pid=$exec_pid ;;
	command) pid=$(child_of "$(exec_process keeper)" sh) ;;
	*) pid=$(exec_process "$2") ;;
	esac
	kill -9 "$pid"
	end_exec
	is "$status" "$3" "$1, $2: the status is $3"
	left_nothing "$1, $2: nothing is left"
}

kill_one held pinctl 137
kill_one held keeper 3
kill_one held daemon 3
kill_one paused daemon 3
if [ "$more" = yes ]; then
	kill_one held command 137
	kill_one held guard 3
	kill_one paused pinctl 137
fi

# A stopped daemon answers nothing, and hears no SIGTERM.
begin "$held" "stopped daemon"
kill -STOP "$(exec_process daemon)"
kill "$exec_pid"
end_exec
left_nothing "stopped daemon, SIGTERM: nothing is left"

# All that keep it, at once. The command lives, and with it the namespace.
leave_all() {
	local pids
	begin "$held" "all, $1"
	pids="$(exec_process keeper) $(exec_process guard) $(exec_process daemon)
		$(exec_process supervisor) $exec_pid"
	# shellcheck disable=SC2086
	kill -9 $pids
	end_exec
	like "$(what_is_left)" 'process .*file .*/source/stage.img' \
		"all, $1: a process and an image are left"
}
leave_all "pinctl stage"
said=$(pinctl stage run ext4 -- true 2>&1)
like "$said" "removed '$tmp/work/pinctl-" "all: it says what it removes"
left_nothing "all: nothing is left"
if [ "$more" = yes ]; then
	leave_all "pinctl doctor"
	pinctl doctor >/dev/null || true
	left_nothing "all: nothing is left after pinctl doctor"
fi
