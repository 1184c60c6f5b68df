#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what a client got by a READ is the same as was sent; when its memory
#           is changed after the read, or it lies, the block gives a "receipt"
#           event; blocks that were written or cut since are unknown.
# Refuted by: a difference that is not found, or one where there is none; an
#             answer about a block that was changed meanwhile.
# Proof of coverage: blocks are counted as compared or unknown in each answer.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 14

mount_pinfs
client_start
step create fd=f path=t size=18000
step fsync fd=f
step open fd=d path=t direct
step anon mem=m len=20k

step receipt fd=d len=16k into=m
like "$answer" 'fail errno=ENODATA' "receipts have to be asked for"
step receipts fd=d
step receipt fd=d len=16k into=m
like "$answer" 'ok ret=0 .*compared=0 unknown=4' \
	"what was not read is not known"

# 18000 bytes are 4 blocks and a part; the rest of the memory is zeros.
step pread fd=d len=20k into=m
step receipt fd=d len=20k into=m
like "$answer" 'ok ret=0 .*compared=5 unknown=0' \
	"what was got is what was sent, also the file's end"
step store mem=m off=5000 len=8 gen=7
step receipt fd=d len=20k into=m
like "$answer" 'ok ret=1 .*compared=5 unknown=0' "a changed block differs"
is "$(event_lines '.event == "receipt"' |
	jq -c '[.path, .block, .offset, .length]')" '["/t",1,4096,4096]' \
	"and has its event"
step pread fd=d off=4k len=4k into=m at=4k
step receipt fd=d len=20k into=m
like "$answer" 'ok ret=0 .*compared=5 ' "it is in order when read again"

# Written past the page cache, so that reading it sends READs.
step open fd=w path=u direct excl
step pwrite fd=w len=16k from=m
step open fd=g path=u mode=r
step receipts fd=g
step pread fd=g len=16k into=m
step receipt fd=g len=16k into=m
like "$answer" 'ok ret=0 .*compared=4 ' "READs for the page cache count"
step pread fd=d len=20k into=m

step pwrite fd=d off=4k len=4k from=m
step receipt fd=d len=20k into=m
like "$answer" 'ok ret=0 .*compared=4 unknown=1' \
	"a block that was written is unknown"
step truncate fd=f len=9000
step receipt fd=d len=20k into=m
like "$answer" 'ok ret=0 .*compared=1 unknown=4' \
	"so is what was cut off, and where"
step pread fd=d off=100 len=4k into=m at=16k
step receipt fd=d off=4k len=4k into=m
like "$answer" 'compared=0 unknown=1' "parts of a block are no receipt"

# Until the last of those who asked goes.
step receipts fd=f
step receipts fd=d stop
step receipt fd=d len=4k into=m
like "$answer" 'compared=1 ' "another may have asked as well"
step receipts fd=f stop
step receipt fd=d len=4k into=m
like "$answer" 'fail errno=ENODATA' "nothing is kept when nobody wants it"
is "$(counter receipt_differing)" 1 "the differences were counted"
is "$(event_count '.event == "receipt"')" 1 "and there were no others"
# Two steps had to fail.
client_end || [ $? -eq 1 ]
umount_pinfs
