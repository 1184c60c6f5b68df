#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: an unlink, a mkdir and a WRITE that are held at arrival when the
#           connection is aborted fail, and never happen in SOURCE: neither
#           when the daemon lets go of them, nor later.
# Refuted by: SOURCE without the file, with the directory, with the new bytes.
# Proof of coverage: all three are held when the connection is aborted, with 20
#                    seconds left, and the daemon has ended when SOURCE is looked
#                    at.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_fusectl
require_prog jq
plan 9
mount_pinfs
mkdir "$mnt/d"
client_start
step create fd=x path=x size=4k
step close fd=x
step create fd=t path=t size=8k gen=1
step close fd=t
step open fd=t path=t direct
gate hold op=unlink,mkdir,write at=arrive deadline=25s >&2
step unlink path=x '&'
unlinking=${client_steps[main]}
step write fd=t off=4k len=4k gen=2 '&'
writing=${client_steps[main]}
# Not beside the file, whose directory is locked meanwhile.
(close_inherited; exec mkdir "$mnt/d/new") 2>/dev/null &
making=$!
ok "three requests are held" gate wait held=3 timeout=5s
is "$(gate list | jq -c '[.held[] | select(.left_us > 20000000) | .at] | sort')" \
	'["arrive","arrive","arrive"]' "at their arrival"

abort_connection "$connection"
step wait timeout=5s
like "$(final_answer "$unlinking")" '^unlink fail ' "the unlink fails"
like "$(final_answer "$writing")" '^write fail ' "the write fails"
not_ok "the mkdir fails" wait "$making"
client_end || true
unmount_lazily "$mnt"
wait_for process_gone "$daemon_pid"
wait "$daemon_pid" || true
unset 'pinfs_pid[main]'
watchdog_stop main

ok "the file is still in SOURCE" test -e "$src/x"
not_ok "the directory is not" test -e "$src/d/new"
like "$(pinctl client <<-END
	open fd=t path=$src/t mode=r
	check fd=t len=8k gen=1 file=t
END
)" ' check ok ret=0 ' "and the other file has its old bytes"
mount_pinfs
ok "SOURCE can be mounted again" umount_pinfs
