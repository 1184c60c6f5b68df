#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when a daemon is killed after its mount has ended, its supervisor
#           does nothing to another mount that has got the number since.
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
plan 7

# A number is given again at once, unless somebody else makes a mount meanwhile.
for round in 1 2 3 4 5; do
	mount_pinfs "@old$round"
	old=old$round old_connection=$connection
	supervisor=$(supervisor_of "$daemon_pid")
	kill -STOP "$daemon_pid"
	unmount_lazily "$mnt"
	mount_pinfs "@new$round"
	[ "$connection" -ne "$old_connection" ] || break
done
is "$connection" "$old_connection" "another mount has the number of one that ended"
echo text >"$mnt/t"
not_ok "the first one's supervisor is there" process_gone "${supervisor:-0}"
exec {open}<"$mnt/t"

kill_pinfs "@$old"
ok "it goes when its daemon is killed" wait_for process_gone "$supervisor"
ok "the other mount is still there" is_mounted "$mnt"
is "$(cat <&"$open")" text "a file that was open can be read"
exec {open}<&-
is "$(control status | jq -r .mountpoint)" "$mnt" "its control socket answers"
ok "unmounted" umount_pinfs "@new$round"
