#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: inject flip=N changes bit N of a request's data and no other. On the
#           way to SOURCE (write) the block does not match its checksum from then
#           on: a "media" event when it is read, EIO with verify=fail, and a
#           scrub finds that block and no other. On the way back (read, at
#           arrive) it is a "media" event, and SOURCE is unharmed. Behind the
#           checks (read, at reply) only a receipt finds it.
# Refuted by: another bit, another block, an event too many, a flip in SOURCE
#             that nobody asked for there.
# Proof of coverage: the bytes that differ, by cmp; the "injected" events.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq cmp
plan 20

# media_blocks - "during:block" of each media event.
media_blocks() {
	event_lines '.event == "media"' |
		jq -r '"\(.during):\(.block)"' | xargs
}

# differing FILE FILE - "byte octal octal" of each byte, from 1.
differing() {
	{ cmp -l "$1" "$2" || true; } | xargs
}

drop() {
	echo 1 >/proc/sys/vm/drop_caches
}

mount_pinfs -o verify=fail
client_start
step create fd=t path=t size=32k gen=1
step fsync fd=t
cp "$mnt/t" "$tmp/t"
step close fd=t
step open fd=t path=t direct

# Bit 3 of byte 8200 of a WRITE at 8 KiB: byte 16393 of the file, from 1.
gate inject op=write flip=65603 count=1 >&2
step write fd=t off=8k len=16k gen=1 writer=c
like "$answer" ' ok ret=16384 ' "a write of the same bytes, one bit flipped"
is "$(differing "$tmp/t" "$src/t" | cut -d ' ' -f 1)" 16393 \
	"SOURCE differs in one byte"
a=$(differing "$tmp/t" "$src/t" | cut -d ' ' -f 2)
b=$(differing "$tmp/t" "$src/t" | cut -d ' ' -f 3)
is "$((8#$a ^ 8#$b))" 8 "in that bit"
step read fd=t off=12k len=4k
like "$answer" ' ok ' "the block before it can be read"
step read fd=t off=16k len=4k
like "$answer" ' fail errno=EIO' "that block cannot, with verify=fail"
step read fd=t off=20k len=4k
like "$answer" ' ok ' "the next one can"
is "$(media_blocks)" read:4 "there is one event"
pinctl scrub "$mnt" >&2 || true
is "$(media_blocks)" 'read:4 scrub:4' "a scrub finds that block and no other"
gate clear >&2
step write fd=t off=16k len=4k gen=1 writer=c
step check fd=t off=0 len=32k gen=1
like "$answer" ' ok ret=0 ' "written again it is in order"

# Of writeback, held meanwhile; a number beyond the data begins again.
step create fd=w path=w size=8k gen=1
gate inject op=write path=/w flip=$((8192 * 8 + 7)) >&2
gate hold op=write path=/w deadline=20s >&2
step fsync fd=w '&'
gate wait timeout=5s >&2
gate release >&2
gate clear >&2
step wait
drop
like "$(block-reads "$mnt" <<<'w 0')$(block-reads "$mnt" <<<'w 1')" \
	'^w 0 EIOw 1 ok$' "a WRITE of writeback, flipped while it was held"

# On the way back.
mount_pinfs @report -o verify=report
client_start @report
step @report create fd=t path=t size=32k gen=1
step @report fsync fd=t
cp "$src/t" "$tmp/t"
step @report close fd=t
step @report open fd=t path=t direct
step @report anon mem=m len=32k
gate inject op=read at=arrive flip=40000 count=1 >&2
step @report pread fd=t off=0 len=32k into=m
step @report check mem=m len=32k gen=1 file=t
like "$answer" ' ok ret=1 .* first=5000 ' \
	"the reader gets the bit that was flipped on the way back"
is "$(media_blocks)" read:1 "the block is an event"
ok "SOURCE is unharmed" cmp "$src/t" "$tmp/t"
step @report pread fd=t off=0 len=32k into=m
step @report check mem=m len=32k gen=1 file=t
like "$answer" ' ok ret=0 ' "the next read is right"
is "$(media_blocks)" read:1 "and no event"

# Behind the checks.
gate clear >&2
step @report receipts fd=t
gate inject op=read at=reply flip=40001 count=1 >&2
step @report pread fd=t off=0 len=32k into=m
step @report receipt fd=t len=32k into=m
like "$answer" ' ok ret=1 .*compared=8 unknown=0' \
	"at reply: the receipt differs in one block"
is "$(event_lines '.event == "receipt"' | jq .block)" 1 "in that one"
is "$(media_blocks)" read:1 "there is no media event"
is "$(event_lines '.event == "injected"' |
	jq -c '[.op, .at, .action, .value]' | xargs)" \
	'[read,arrive,flip,40000] [read,reply,flip,40001]' "both were done"
gate clear >&2
pinctl scrub "$mnt" >&2
is "$(media_blocks)" read:1 "and a scrub finds nothing"
client_end || true
client_end @report
