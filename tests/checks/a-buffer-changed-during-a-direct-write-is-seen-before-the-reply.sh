#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the buffer of a synchronous O_DIRECT write that another thread changes
#           while the reply is held gives a "source" event, each time, without
#           the writer's help; one that nobody changes gives none.
# Refuted by: a change without an event, or with another block, thread, range or
#             evidence; an event without a change.
# Proof of coverage: each round's buffer is stored to while its WRITE is held at
#                    the reply; "peeks" counts every WRITE as looked at.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 10
rounds=100

mount_pinfs -o event_limit=100000
client_start
step create fd=f path=t size=64k
step fsync fd=f
step open fd=d path=t direct
step anon mem=m len=64k
step store mem=m len=64k gen=1 file=t
hold=$(gate hold op=write path=/t at=reply count=$((2 * rounds)) | jq .id)

# held_write ROUND COMMAND... - a write of 64 KiB whose reply is held until the
# command has been run; its thread is in $tid.
held_write() {
	shift
	step pwrite fd=d len=64k from=m '&'
	tid=${answer##*=}
	gate wait id="$hold" held=1 timeout=10s >&2 || return
	"$@"
	gate release id="$hold" >&2
	step wait
}

# change ROUND - half a block of the buffer, another one each time.
change() {
	step store mem=m off="$(($1 % 16 * 4096 + 1024))" len=2k \
		gen="$((100 + $1))" file=t
}

tids=()
for ((round = 0; round < rounds; round++)); do
	held_write "$round" change "$round"
	tids+=("$tid")
done
is "$(counter peeks)" "$rounds" "every WRITE was looked at"
is "$(counter peeks_void)" 0 "no look was void"
is "$(counter source_blocks)" "$rounds" "every change was seen"
is "$(event_count '.event == "source" and .path == "/t"')" "$rounds" \
	"and has an event"
is "$(jq -r 'select(.event == "source") | .block' "$events" | tr '\n' ' ')" \
	"$(for ((i = 0; i < rounds; i++)); do printf '%d ' $((i % 16)); done)" \
	"of the block that was changed"
is "$(jq -r 'select(.event == "source") | .pid' "$events" | tr '\n' ' ')" \
	"${tids[*]} " "and of the thread that wrote"
outside=$(event_count '.event == "source" and
	(.changed | length < 1 or any(.[0] < 1024 or .[0] + .[1] > 3072))')
is "$outside" 0 "no byte is named that was not changed"

# The bytes that arrived are those of the store before.
event_lines '.event == "source" and .evidence' | tail -n 1 >"$tmp/last"
file=$(jq -r .evidence "$tmp/last")
for image in arrival peek; do
	evidence_bytes "$file" "$image" >"$tmp/bytes"
	is "$(block-digests "$tmp/bytes" | awk '{ print $2 }')" \
		"$(jq -r ".$image" "$tmp/last")" \
		"the evidence has the bytes of the $image"
done

for ((round = 0; round < rounds; round++)); do
	held_write "$round" true
done
is "$(counter peeks) $(counter source_blocks)" "$((2 * rounds)) $rounds" \
	"an unchanged buffer is looked at, and gives no event"
client_end
umount_pinfs
