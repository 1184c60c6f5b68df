#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when a daemon is killed after its mount has ended, or is stuck and
#           ended by its watchdog, its supervisor does nothing to another mount
#           that has got the number since, be it on the same mount point.
# Refuted by: the other mount is gone, or its files or control socket do not
#             answer.
# Proof of coverage: the daemon was stopped before its mount ended, so it told
#                    nobody; the second mount has the number of the first; the
#                    supervisor was there until the kill, and is gone.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/supervisor.sh"
require_root
require_fuse
require_prog jq
plan 28

# start_over NAME - another SOURCE, on $mnt.
start_over() {
	local dir=$mnt
	mkdir -p "$tmp/$1/src"
	(close_inherited; exec pinfs "$tmp/$1/src" "$dir") </dev/null >&2
	adopt_pinfs "@$1" "$tmp/$1/src" "$dir" "$(control status | jq .pid)"
}

# replace elsewhere|there ROUND OPTION - a mount ends without its daemon's knowing, another begins.
replace() {
	mount_pinfs "@old-$1-$2" -o "$3"
	old=old-$1-$2 new=new-$1-$2 old_connection=$connection
	supervisor=$(supervisor_of "$daemon_pid")
	kill -STOP "$daemon_pid"
	unmount_lazily "$mnt"
	if [ "$1" = elsewhere ]; then
		mount_pinfs "@$new"
	else
		start_over "$new"
	fi
}

# end_of_old OPTION - its daemon is killed, by us or by its watchdog.
end_of_old() {
	if [ "$1" = watchdog=off ]; then
		kill_pinfs "@$old"
	else
		wait_for process_gone "${pinfs_pid[$old]}" || return
		wait "${pinfs_pid[$old]}" || true
		unset "pinfs_pid[$old]"
		grep 'no sign of life' "${pinfs_log[$old]}" >&2
	fi
}

# check elsewhere|there OPTION - the new mount survives the old one's daemon.
check() {
	local round open=''
	# A number is given again at once, unless somebody else mounts meanwhile.
	for round in 1 2 3 4 5; do
		replace "$1" "$2-$round" "$2"
		[ "$connection" -ne "$old_connection" ] || break
	done
	is "$connection" "$old_connection" \
		"another mount, $1, has the number of one that ended ($2)"
	echo text >"$mnt/t"
	not_ok "the first one's supervisor is there" \
		process_gone "${supervisor:-0}"
	exec {open}<"$mnt/t"

	end_of_old "$2"
	watchdog_stop "$old"
	ok "it goes when its daemon is killed" wait_for process_gone "$supervisor"
	ok "the other mount is still there" is_mounted "$mnt"
	is "$(cat <&"$open")" text "a file that was open can be read"
	exec {open}<&-
	is "$(control status | jq -r .source)" "$src" "its control socket answers"
	umount "$mnt"
	ok "its daemon ends when it is unmounted" \
		wait_for process_gone "$daemon_pid"
	watchdog_stop "$new"
}

check elsewhere watchdog=off
check there watchdog=off
check elsewhere watchdog=4s
check there watchdog=4s
