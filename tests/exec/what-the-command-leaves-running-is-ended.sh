#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what a command has left running when it ends is named and ended, in
#           whatever session, state or mount namespace it is, before the mount
#           ends; the command's status is the status, and SOURCE has its data.
# Refuted by: a process, or the mount, that is left; another status; no message;
#             a mount of the command's own that leaves something.
# Proof of coverage: each is there, and uses the mount, when the command ends.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
. "$srcdir/tests/lib/exec.sh"
plan 22

# leaves DESCRIPTION NAME SHELL-TEXT - the command starts something that makes the
# file "there", and ends; three checks.
leaves() {
	run_exec -- bash -c ". $tmp/note; $3
		until [ -e there ]; do idle 0.02; done; rm there; exit 5"
	is "$status" 5 "$1: the status is the command's"
	like "$said" "'bash' has left [1-9][0-9]* process.*[ :]$2 \\([0-9]*\\)" \
		"$1: it is named"
	left_nothing "$1: nothing is left"
}

leaves "a background process" idle 'idle 1000 & touch there'
leaves "one of another session, whose parent has ended" idle \
	'(setsid idle 1000 &); touch there'
# shellcheck disable=SC2016
leaves "one that ignores SIGTERM and holds a file open" sh \
	'sh -c "trap \"\" TERM; exec 7>held; touch there; while :; do idle 1; done" &'
leaves "one that is stopped" sh 'sh -c "touch there; kill -STOP \$\$" &'
leaves "one in another mount namespace" idle \
	'setsid unshare -m sh -c "touch there; exec idle 1000" &'
leaves "one that sleeps in a held request" dd \
	'pinctl gate -q . hold op=write path=/f
	dd if=/dev/zero of=f bs=4k count=1 conv=fsync 2>/dev/null &
	pinctl gate -q . wait; touch there'

mkdir "$tmp/other" "$tmp/point"
# shellcheck disable=SC2016
run_exec -- bash -c '. "$0"; pinfs "$1" "$2"; echo data >"$2/file"' \
	"$tmp/note" "$tmp/other" "$tmp/point"
like "$said" 'left .*pinfs ' "a daemon of the command's own: it is named"
left_nothing "it leaves nothing"
is "$(tail -n 1 "$tmp/other/.pinfs/events.jsonl" | grep -c '"event":"unmount"')" \
	1 "and has ended in order"
# shellcheck disable=SC2016
run_exec -- bash -c '. "$0"; pinctl exec -q "$1" -- sh -c "echo in >in; exit 4"' \
	"$tmp/note" "$tmp/other"
is "$status $(<"$tmp/other/in")" '4 in' "an exec in an exec works"
