#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a buffer that is changed while its O_DIRECT WRITE waits in the kernel
#           (the mount is paused) gives a "declared" event and no "source" event:
#           the bytes that arrive are the changed ones, and stay so.
# Refuted by: no "declared" event, or a "source" event.
# Proof of coverage: the request is seen waiting before the buffer is changed;
#                    the WRITE was looked at (peek=on), and arrived as changed.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_fusectl
require_prog jq
plan 6

mount_pinfs -o peek=on
client_start
step create fd=f path=t size=8k
step fsync fd=f
step open fd=d path=t direct
step anon mem=m len=8k
step store mem=m len=8k gen=2
step declare fd=d len=8k from=m

request_waits() {
	[ "$(cat "/sys/fs/fuse/connections/$connection/waiting")" -gt 0 ]
}

ok "the mount is paused" pinctl pause "$mnt"
step pwrite fd=d len=8k from=m '&'
ok "the WRITE waits in the kernel" wait_for request_waits
step store mem=m off=4k len=4k gen=3
ok "and comes now" pinctl resume "$mnt"
step wait
is "$(event_lines '.event == "declared"' | jq -c '[.block, .origin]')" \
	'[1,"direct"]' "the declaration shows it"
is "$(counter peeks) $(counter source_blocks)" '1 0' \
	"the writer's buffer was looked at, and was what had arrived"
step check fd=f off=4k len=4k gen=3 writer=s file=m
like "$answer" 'ok ret=0 ' "which are the changed bytes"
client_end
umount_pinfs
