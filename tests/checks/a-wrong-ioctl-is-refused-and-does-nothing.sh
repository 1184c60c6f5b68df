#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the ioctls take what pinfs-ioctl(2) says, and refuse the rest with
#           its errno; a mount takes 1048576 declarations and then ENOSPC.
# Refuted by: another errno; a wrong call that declares or marks something.
# Proof of coverage: a table of calls, whose number is printed.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 5

mount_pinfs
: >"$mnt/t"
cd "$mnt"
undo_with cd /
is "$(ioctl-calls t)" '27 calls' "each call has its errno"
is "$(event_lines '.event == "mark"' | jq -r .text)" mark "one mark was made"
truncate -s 4M t
head -c 4M /dev/zero | dd of=t bs=4M oflag=direct conv=notrunc status=none
is "$(counter declared_blocks)" 0 "nothing is left declared"

# close(2) does not wait for RELEASE: at its reply it has been done.
release=$(gate hold op=release path=/t at=reply | jq .id)
is "$(ioctl-calls t full)" '1048576 declared, then: No space left on device' \
	"a mount takes so many"
gate wait id="$release" held=1 timeout=10s >&2
gate clear id="$release" >&2
: >u
is "$(ioctl-calls u full)" '1048576 declared, then: No space left on device' \
	"and as many when their file was closed"

cd /
umount_pinfs
