#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a buffer that is changed after its blocks have been declared gives a
#           "declared" event for the block, whether it is written by O_DIRECT, by
#           splice from a vmspliced pipe, or by write(2) through the page cache;
#           the evidence has the bytes that arrived; what was declared and not
#           written can be withdrawn, and goes with its open file.
# Refuted by: no event, one for another block, other checksums; evidence with
#             other bytes; declarations that are left.
# Proof of coverage: each way is also gone with an unchanged buffer, which gives
#                    no event but is counted as compared.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 23

mount_pinfs
client_start
step anon mem=m len=16k
step create fd=f path=t size=16k
step fsync fd=f
step open fd=d path=t direct
step pipe fd=p

# Ways to write four blocks: they get the command to run before the bytes are
# copied from memory, and after the memory has been named to the kernel.
by_direct() {
	"$@"
	step pwrite fd=d len=16k from=m
}

by_splice() {
	step vmsplice mem=m len=16k out=p.w
	"$@"
	step splice in=p.r out=f off=0 len=16k
	step fsync fd=f
}

by_page_cache() {
	"$@"
	step pwrite fd=f len=16k from=m
	step fsync fd=f
}

change() {
	step store mem=m off=9k len=1k gen=9
}

# look - the digest of the third block in memory, in $digest.
look() {
	step digest mem=m len=16k
	digest=$(sed 's/.*digest=//; s/ .*//' <<<"$answer" | cut -d , -f 3)
}

last_event() {
	event_lines '.event == "declared"' | tail -n 1
}

gen=0 compared=0 found=0
for way in direct splice page_cache; do
	for with in true change; do
		gen=$((gen + 1))
		step store mem=m len=16k gen="$gen"
		look
		declared=$digest
		step declare fd=f len=16k from=m
		like "$answer" 'ok ret=4 ' "$way: four blocks are declared"
		"by_$way" "$with"
		compared=$((compared + 4))
		[ "$with" = true ] || found=$((found + 1))
		is "$(counter declared_blocks) $(counter declared_differing)" \
			"$compared $found" "$way, $with: compared, and found"
	done
	look
	arrived=$digest
	origin=$way
	[ "$way" = direct ] || origin=writeback
	is "$(last_event | jq -c '[.path, .block, .offset, .length, .declared,
		.arrived, .origin]')" \
		"[\"/t\",2,8192,4096,\"$declared\",\"$arrived\",\"$origin\"]" \
		"$way: the event is about the block"
	evidence_bytes "$(last_event | jq -r .evidence)" arrival >"$tmp/bytes"
	is "$(block-digests "$tmp/bytes")" "0 $arrived" \
		"$way: its evidence is what arrived"
done

step declare fd=f len=16k from=m
step pwrite fd=d len=8k from=m
step undeclare fd=d len=16k
like "$answer" 'ok ret=2 ' "what has not been written can be withdrawn"
step undeclare fd=d len=16k
like "$answer" 'ok ret=0 ' "and is gone then"

step open fd=e path=t
step declare fd=e off=4k len=4k from=m
step declare fd=f len=4k from=m
# close(2) does not wait for RELEASE: at its reply it has been done.
release=$(gate hold op=release path=/t at=reply count=1 | jq .id)
step close fd=e
gate wait id="$release" held=1 timeout=10s >&2
gate clear id="$release" >&2
step undeclare fd=d len=8k
like "$answer" 'ok ret=1 ' "what was declared goes with its open file only"

before=$(counter declared_differing)
step store mem=m len=16k gen=50
step declare fd=d len=4k from=m
step pwrite fd=d off=100 len=1000 from=m
step pwrite fd=d len=100 from=m
is "$(counter declared_differing)" "$before" \
	"parts of a block are not compared"
step undeclare fd=d len=4k
like "$answer" 'ok ret=1 ' "and leave its declaration"
client_end
umount_pinfs
