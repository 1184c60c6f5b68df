#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: started in the background with descriptors 0, 1 or 2 closed, or all of
#           them, the daemon serves, and SIGTERM ends it.
# Refuted by: a start that fails, a mount that does not answer, a daemon that
#             does not end.
# Proof of coverage: the shell that becomes the daemon has seen that they are
#                    closed.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 16

# started NAME CLOSED... - with these closed.
started() {
	local name=$1 fd closed=''
	shift
	mkdir -p "$tmp/$name/src" "$tmp/$name/mnt"
	(
		close_inherited
		for fd; do
			exec {fd}>&-
		done
		for fd in 0 1 2; do
			[ -e "/proc/$BASHPID/fd/$fd" ] || closed+=" $fd"
		done
		printf '%s' "$closed" >"$tmp/$name/closed"
		exec pinfs "$tmp/$name/src" "$tmp/$name/mnt"
	)
	is "$(cat "$tmp/$name/closed")" " $*" "started without descriptors $*"
}

# serves NAME - it does, until SIGTERM.
serves() {
	local name=$1 dir=$tmp/$1/mnt pid
	mnt=$dir
	pid=$(control status | jq .pid)
	adopt_pinfs "@$name" "$tmp/$name/src" "$dir" "$pid"
	echo text >"$dir/t"
	is "$(cat "$tmp/$name/src/t")" text "the mount works"
	kill -TERM "$pid"
	if wait_for -t 5 process_gone "$pid"; then
		pass "SIGTERM ends the daemon"
	else
		fail "SIGTERM ends the daemon"
		kill -9 "$pid"
	fi
	ok "the mount point is free" wait_for is_free "$dir"
	unset "pinfs_pid[$name]"
	watchdog_stop "$name"
}

is_free() {
	! is_mounted "$1"
}

started in 0
serves in
started out 1
serves out
started err 2
serves err
started all 0 1 2
serves all
