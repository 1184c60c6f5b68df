# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the tests of "pinctl scrub": files, flips, and what it says.

# fill FILE BLOCKS - random content, brought to the disk.
fill() {
	dd if=/dev/urandom of="$1" bs=4096 count="$2" conv=fsync status=none
}

# flip FILE BLOCK - change one bit of it.
flip() {
	local at=$(($2 * 4096 + 7)) byte
	byte=$(od -An -tu1 -j "$at" -N 1 "$1")
	# shellcheck disable=SC2059
	printf "\\x$(printf %x $((byte ^ 1)))" |
		dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

# digest FILE BLOCK - its checksum.
digest() {
	block-digests "$1" | awk -v block="$2" '$1 == block { print $2 }'
}

# scrub ARGUMENT... - pinctl scrub --json; its output is in $found, its exit
# status in $status.
found='' status=0
scrub() {
	status=0
	found=$(pinctl scrub --json "$@") || status=$?
	diag "scrub $*: $status, ${found//$'\n'/}"
}

# sums NAME... - those members of $found, as "1 2 3".
sums() {
	jq -r --args '[.[$ARGS.positional[]]] | join(" ")' "$@" <<<"$found"
}

# mismatches - the others, as "PATH BLOCK STORED FOUND", one a line.
mismatches() {
	jq -r '.mismatches[] | "\(.path) \(.block) \(.stored) \(.found)"' \
		<<<"$found"
}
