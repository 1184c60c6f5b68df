#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinfs SOURCE MNT" returns 0 at the moment when the mount serves, not
#           before, and leaves a daemon that has let go of the terminal and of
#           the working directory; one that fails returns its status.
# Refuted by: a mount that is not one yet, or does not answer, or a daemon that
#             keeps a pipe of its caller open.
# Proof of coverage: the file that is read was put into SOURCE before; the
#                    command's output is read to its end.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 10
mkdir "$tmp/src" "$tmp/mnt"
echo hello >"$tmp/src/file"

# The output ends only when nobody has the pipe any more.
mkfifo "$tmp/output"
timeout 20 cat "$tmp/output" >"$tmp/said" &
reader=$!
(cd "$tmp" && exec timeout 60 pinfs src mnt -o lock_wait=20s) \
	>"$tmp/output" 2>&1 && status=0 || status=$?
is "$status" 0 "it returns with 0"
ok "it is a mount then" is_mounted "$tmp/mnt"
pid=$(pinctl gate "$tmp/mnt" status | jq .pid)
adopt_pinfs @main "$tmp/src" "$tmp/mnt" "$pid"
is "$(cat "$tmp/mnt/file")" hello "and serves"
is "$(readlink "/proc/$pid/cwd")" / "the daemon is at /"
wait "$reader" && status=0 || status=$?
is "$status $(<"$tmp/said")" '0 ' "it says nothing, and lets go of its output"
is "$(for i in 0 1 2; do readlink "/proc/$pid/fd/$i"; done | sort -u)" \
	/dev/null "and has let go of the terminal"
is "$(findmnt -n -o SOURCE "$tmp/mnt")" src "SOURCE is named as it was given"
umount "$tmp/mnt" || fusermount3 -u "$tmp/mnt"
ok "it ends when unmounted" wait_for process_gone "$pid"

# Live is what it cannot have without a page cache.
status=0
said=$(timeout 60 pinfs "$tmp/src" "$tmp/mnt" \
	-o cache=none,live=require,lock_wait=20s 2>&1) || status=$?
like "$status $said" '^1 pinfs: live=require: ' \
	"a start that fails late returns its status and says why"
not_ok "and leaves no mount" is_mounted "$tmp/mnt"
