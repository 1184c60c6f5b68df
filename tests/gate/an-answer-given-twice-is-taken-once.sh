#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: inject twice sends the answer a second time: the kernel refuses it
#           with ENOENT, and the caller sees one answer, the right one; 1,000
#           times, under load, nothing else happens.
# Refuted by: another result in the event; a caller that gets an error or wrong
#             bytes; a request that is not answered.
# Proof of coverage: the events, and the exact count of what was injected.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 10
mount_pinfs -o event_limit=100000
one-call prepare "$src" >&2

gate inject op=any at=reply twice >&2
for op in lookup create readdirplus read write setxattr unlink; do
	one-call "$op" "$mnt"
done >"$tmp/answers"
is "$(sort <"$tmp/answers" | uniq -c | xargs)" "7 ok" "seven calls end well"
gate clear >&2
is "$(event_lines '.event == "injected"' | jq -r .result | sort -u)" ENOENT \
	"the kernel does not want the second answer"
is "$(event_lines '.event == "injected"' |
	jq -c '[.action, .value, .at]' | sort -u)" '["twice",null,"reply"]' \
	"the events say what was done"

# Held at its reply, and answered twice then.
id=$(gate inject op=mkdir at=reply twice | jq .id)
gate hold op=mkdir at=reply deadline=20s >&2
(close_inherited; exec one-call mkdir "$mnt") >"$tmp/answer" &
gate wait timeout=5s >&2
is "$(event_count ".gate == $id")" 0 "held: it has not been answered yet"
gate release >&2
wait $!
is "$(cat "$tmp/answer") $(event_lines ".gate == $id" | jq -r .result)" \
	"ok ENOENT" "released: it is, twice"
gate clear >&2

# Under load.
seeded-file "$src/t" 512 7
block-digests "$src/t" >"$tmp/digests"
before=$(counter injections)
gate inject op=read,lookup,open,write at=reply twice count=1000 >&2
for i in 1 2 3; do
	(close_inherited; for round in 1 2 3 4; do
		seq -f 't %g' 0 127 | block-reads -d "$mnt" || echo failed
		dd if="$mnt/t" of="$mnt/copy-$i-$round" bs=64k iflag=direct \
			oflag=direct status=none || echo failed
	done) >"$tmp/load-$i" &
	pids[i]=$!
done
for i in 1 2 3; do
	wait "${pids[i]}"
done
is $(($(counter injections) - before)) 1000 "1,000 answers under load are twice"
is "$(event_lines '.event == "injected"' | jq -r .result | sort -u)" ENOENT \
	"all second ones are refused"
is "$(cat "$tmp"/load-* | awk '{ print $NF }' | sort | uniq -c | xargs)" \
	"$((3 * 4 * 128)) ok" "all reads end well"
same=0
for file in "$src"/copy-*; do
	block-digests "$file" | cmp -s - "$tmp/digests" && same=$((same + 1))
done
is "$same" 12 "all copies are right"
gate clear >&2
ok "unmounted" umount_pinfs
