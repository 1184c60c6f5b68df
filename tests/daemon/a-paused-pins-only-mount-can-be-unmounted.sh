#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a pins-only mount that is paused can be unmounted, although the
#           kernel then waits for the answer to one more request (DESTROY); the
#           daemon ends with 0. A mount beside it that is unmounted does not end
#           the pause.
# Refuted by: an umount(8) that does not return, a daemon that stays, a pause
#             that ends by itself.
# Proof of coverage: the mount says that it is paused, and of type fuseblk; a
#                    change of the mount table comes before.
. "$srcdir/tests/lib/pinfs.sh"
require_stable_writes
require_fuse
require_prog jq findmnt
plan 6
mount_pinfs @other
mount_pinfs -o pins-only

is "$(findmnt -n -o FSTYPE "$mnt")" fuseblk.pinfs "the mount is a fuseblk"
control pause >&2
ok "another mount ends" umount_pinfs @other
is "$(control status | jq .paused)" true "the mount stays paused"
# Lazily: umount(8) would ask for attributes first, and wait.
ok "umount returns" timeout 20 umount -l "$mnt"
status=0
ok "the daemon ends" wait_for process_gone "$daemon_pid"
wait "$daemon_pid" || status=$?
unset 'pinfs_pid[main]'
watchdog_stop main
is "$status" 0 "with status 0"
