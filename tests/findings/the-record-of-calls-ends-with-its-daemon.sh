#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the record of system calls, which costs every process something, is
# there only from the first finding on, and ends with the mount, however that ends.
# Refuted by: an instance of tracefs without a finding; one that stays behind.
# Proof of coverage: it is seen while it is there.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
require_trace
plan 8

instance() {
	echo "/sys/kernel/tracing/instances/pinfs-$(mountinfo_device "$mnt")"
}

is_gone() {
	[ ! -e "$1" ]
}

trace_is() {
	[ "$(pinctl status "$mnt" --json | jq -r .trace)" = "$1" ]
}

mount_pinfs
place=$(instance)
ok "without a finding there is none" is_gone "$place"
ok "and the status says so" trace_is idle
umount_pinfs

mount_pinfs @on -o trace=on
place=$(instance)
ok "with trace=on there is one" [ -d "$place" ]
ok "and it records" grep -q 1 "$place/events/raw_syscalls/sys_enter/enable"
ok "the status says so" trace_is armed
umount_pinfs @on
ok "it ends with the mount" is_gone "$place"

mount_pinfs @killed -o trace=on
place=$(instance)
ok "it is there again" [ -d "$place" ]
kill_pinfs @killed
ok "and ends with a daemon that is killed" wait_for is_gone "$place"
