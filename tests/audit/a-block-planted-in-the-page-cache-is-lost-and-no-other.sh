#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl audit finds every block that FUSE_NOTIFY_STORE has changed in
#           the page cache, at the place where that was, and no other: the first
#           and the last block, one in the middle of what is cached behind a gap,
#           the tail that is shorter than a block; by file, by directory, and
#           on the whole mount. What is written over it afterwards is not lost.
# Refuted by: another list of blocks; another exit status.
# Proof of coverage: the same audits find nothing before the planting, and
#                    compare the blocks that are cached.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 21
mount_pinfs
mkdir "$mnt/d"

# make FILE BYTES
make() {
	head -c "$2" /dev/urandom >"$mnt/$1"
}
make f 1m
make d/tail 20000
make other 64k
truncate -s 1t "$mnt/sparse"
printf x | dd of="$mnt/sparse" bs=1 seek=$((700 << 30)) conv=notrunc status=none
printf y | dd of="$mnt/sparse" bs=1 seek=$((701 << 30)) conv=notrunc status=none
truncate -s 1m "$mnt/gap"
printf z | dd of="$mnt/gap" bs=1 seek=600000 conv=notrunc status=none
ln -s f "$mnt/link"

# audited STATUS PATH... - the lost blocks, "FILE BLOCK LENGTH" separated by
# commas; the audit must end with that status.
audited() {
	local wanted=$1 status=0
	shift
	pinctl audit "$mnt" --json "$@" >"$tmp/audit" || status=$?
	is "$status" "$wanted" "audit ${*#"$mnt"/}: status $wanted"
	lost=$(jq -r 'select(.lost) | .lost |
		"\(.path | split("/") | last) \(.block) \(.length)"' \
		"$tmp/audit" | paste -sd ,)
}
summary() {
	jq ".summary.$1 | values" "$tmp/audit"
}

# plant FILE OFFSET LENGTH
plant() {
	gate store ino="$(stat -c %i "$mnt/$1")" off="$2" len="$3" byte=0x5a >&2
}

audited 0
is "$lost" '' "nothing is lost before anything is planted"
is "$(summary files),$(summary compared)" 5,280 \
	"all that is cached has been compared"

plant f 0 1
plant f $((1048576 - 1)) 1
plant f $((100 * 4096 + 4000)) 200
plant d/tail $((4 * 4096)) 3616
plant gap 600001 1
plant sparse $((701 << 30)) 4096
audited 1
is "$(tr , '\n' <<<"$lost" | sort | paste -sd ,)" \
	"$(printf '%s\n' 'f 0 4096' 'f 100 4096' 'f 101 4096' 'f 255 4096' \
		'gap 146 4096' "sparse $((701 << 18)) 4096" 'tail 4 3616' | sort | paste -sd ,)" \
	"the planted blocks are lost, and no others"
is "$(counter lost_blocks)" 7 "they are counted"
is "$(event_lines '.event == "lost"' |
	jq -c 'select(.path == "/d/tail") |
		[.block, .offset, .length, .unstable, .cache != .store]')" \
	'[4,16384,3616,false,true]' "the event says where"
digest=$(head -c 4096 "$mnt/f" >"$tmp/block"; block-digests "$tmp/block" |
	awk '{ print $2 }')
is "$(event_lines '.event == "lost" and .path == "/f" and .block == 0' |
	jq -r .cache)" "$digest" "and which bytes the page cache has"
digest=$(block-digests "$src/f" | awk 'NR == 1 { print $2 }')
is "$(event_lines '.event == "lost" and .path == "/f" and .block == 0' |
	jq -r .store)" "$digest" "and which the store has"

audited 1 "$mnt/d"
is "$lost" 'tail 4 3616' "a directory: only what is below it"
audited 0 "$mnt/other"
is "$lost" '' "a file without any"
audited 1 "$mnt/f" "$mnt/other"
is "$lost" 'f 0 4096,f 100 4096,f 101 4096,f 255 4096' "files that are named"
audited 3 "$mnt/link"
is "$(summary files)" 0 "a symbolic link is not followed"
audited 3 "$tmp"
is "$(summary files)" 0 "what is on another mount is not looked at"

head -c 4096 /dev/urandom | dd of="$mnt/f" conv=notrunc status=none
plant other 4096 1
printf 'z' | dd of="$mnt/other" bs=1 seek=5000 conv=notrunc status=none
truncate -s 3 "$mnt/d/tail"
audited 1
is "$(tr , '\n' <<<"$lost" | grep -c -e '^f 0 ' -e tail -e other)" 0 \
	"what was written, or cut away, is not lost"
