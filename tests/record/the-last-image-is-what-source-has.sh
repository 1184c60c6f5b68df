#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whatever threads do to files at once (O_DIRECT and buffered writes,
#           truncating, holes, copies, syncs), the image that a recording makes of
#           all of it is the file that SOURCE has, in each cache mode, also where
#           the recording begins among them.
# Refuted by: an image that differs; a call that fails; a record that is lost.
# Proof of coverage: the records of each type, and that there is data at the end;
#                    a log with a write left out makes another image.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
seconds=$(full 20 1)
plan 31

# types LOG - how many records of each type.
types() {
	log-image "$1" | cut -d' ' -f1 | sort | uniq -c
}

# same_image LOG FILE - of the log's last point and SOURCE's file.
same_image() {
	log-image "$1" "$(stat -c %i "$2")" last ordered 0 "$tmp/image" &&
		cmp "$tmp/image" "$2"
}

has_records() {
	[ "$(control status | jq .record.records)" -gt "$1" ]
}

lost() {
	control status | jq '.record | .lost, .stopped' | tr '\n' ' '
}

# With policy=zerocopy and checksums a block that was unstable cannot be read, and
# what needs a part of it fails.
round=0
for options in cache=none,csum=off cache=through \
	cache=writeback,policy=zerocopy,csum=off; do
	round=$((round + 1))
	mount_pinfs "@$round" -o "$options,threads=8"
	ok "$options: begun" gate record "file=$tmp/log" 'path=/stress*'
	ok "$options: no call fails" eval \
		"store-stress '$mnt' $seconds 6 7 >'$tmp/calls'"
	is "$(lost)" '0 null ' "$options: nothing is lost"
	ok "$options: unmounted" umount_pinfs "@$round"
	for file in stress0 stress1 stress2; do
		ok "$options: $file" same_image "$tmp/log" "$src/$file"
	done
	have=$(types "$tmp/log")
	diag "$have"
	ok "$options: all types are there" eval \
		"[ \$(grep -cE ' (write|size|fallocate|sync-begun|sync-ended)\$' \
			<<<'$have') -eq 5 ]"
	rm "$tmp/log"
done

mount_pinfs @among -o cache=none,threads=8
store-stress "$mnt" 1 6 1 >&2
store-stress "$mnt" $((seconds + 2)) 6 8 >&2 &
load=$!
for try in 1 2; do
	ok "begun among calls, $try" gate record "file=$tmp/log$try" \
		"ino=$(stat -c %i "$mnt/stress1")" base
	wait_for has_records 300
	[ "$try" = 2 ] || gate record off >&2
done
wait "$load"
is "$(lost)" '0 null ' "nothing is lost"
log-image "$tmp/log2" >"$tmp/records"
ok "the content came first" grep -q '^base-data ' "$tmp/records"
ok "unmounted" umount_pinfs @among
ok "the image is SOURCE's file" same_image "$tmp/log2" "$src/stress1"
not_ok "an earlier recording's is not" same_image "$tmp/log1" "$src/stress1"
