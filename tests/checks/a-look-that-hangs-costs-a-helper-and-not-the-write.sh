#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a helper that does not answer is given up after its deadline, the
#           write goes on, and the next look has a new helper; after 8 of these
#           looking ends, which the log says once. Keeper and helpers hold
#           nothing of the mount, and end with a daemon that is killed.
# Refuted by: a write that fails or hangs, a look that is not made again, a
#             process that is left or has the device open.
# Proof of coverage: the helper is stopped (SIGSTOP) before each write; the
#                    timeouts are counted.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/supervisor.sh"
require_root
require_fuse
require_prog jq
plan 11

# children PID - its children called pinfs-peek that are not stopped.
children() {
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk -v parent="$1" '$2 == "(pinfs-peek)" && $3 != "T" && $4 == parent {
			print $1 }'
}

write_once() {
	timeout 20 dd if=/dev/zero of="$mnt/t" bs=4k count=1 oflag=direct \
		conv=notrunc status=none
}

# The descriptors of a process that are of a FUSE device or of this mount. The
# links are read only.
fuse_descriptors() {
	local fd
	for fd in "/proc/$1/fd/"*; do
		readlink "$fd" || true
	done | grep -e /dev/fuse -e "$mnt" || true
}

mount_pinfs -o peek=on
keeper=$(children "$daemon_pid")
ok "there is a keeper" test -n "$keeper"
ok "a WRITE is looked at" write_once
helper=$(children "$keeper")
is "$(counter peeks)" 1 "by a helper"
is "$(fuse_descriptors "$keeper")$(fuse_descriptors "$helper")" '' \
	"neither has the mount open"

for ((i = 0; i < 8; i++)); do
	helper=$(children "$keeper")
	kill -STOP "$helper"
	undo_with kill -9 "$helper"
	write_once || break
	[ "$(counter peek_timeouts)" -eq $((i + 1)) ] || break
	# The next one makes another, but for the last.
	[ "$i" -eq 7 ] || write_once
done
is "$i $(counter peek_timeouts)" '8 8' "each that is stopped costs its deadline"
is "$(counter peeks) $(counter peeks_void)" '8 8' "and is replaced"
is "$(grep -c 'not looked at any more' "$log")" 1 "then looking ends"
ok "writing does not" write_once
is "$(counter peeks) $(counter peeks_void)" '8 8' "but nobody looks"

keeper_gone() {
	process_gone "$keeper"
}
kill_pinfs
ok "the keeper ends with the daemon" wait_for keeper_gone
mount_pinfs -o peek=off
is "$(children "$daemon_pid")" '' "with peek=off there is none"
umount_pinfs
