#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: page-cache WRITEs that come without their live view, because their
#           file was opened with O_DIRECT and had it taken off since, cost the
#           daemon no descriptors.
# Refuted by: the daemon has another number of pipes open after 40 of them.
# Proof of coverage: copied_writes has counted them, with live WRITEs between
#                    them.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 4
mount_pinfs -o cache=writeback,threads=1

pipes() {
	find "/proc/$daemon_pid/fd" -lname 'pipe:*' | wc -l
}

echo text >"$mnt/plain"
sync "$mnt/plain"
before=$(pipes)
live=$(counter live_writes)
undirect-writer "$mnt" 40
is "$(counter copied_writes)" 40 "40 WRITEs came without their live view"
ok "and live ones between them" test "$(counter live_writes)" -ge $((live + 40))
is "$(pipes)" "$before" "the daemon has $before descriptors of pipes as before"
ok "unmounted" umount_pinfs
