# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# For tests of clients that nobody here wrote, most of which read with O_DIRECT
# into memory whose pages are under writeback.

# direct_directory DIR - makes DIR, and sees to it that an O_DIRECT read of a
# file in there pins pages: not so on tmpfs, which copies. Where $tmp is no good
# it is an ext4 of 256 MiB on a loop device. Skips the test without one.
direct_directory() {
	mkdir "$1"
	if [ "$(stat -f -c %T "$1")" != tmpfs ] && cp "$0" "$1/try" &&
		dd if="$1/try" of=/dev/null bs=4096 count=1 iflag=direct 2>/dev/null
	then
		rm "$1/try"
		return
	fi
	require_loop
	require_prog mkfs.ext4
	truncate -s 256M "$1.image"
	mkfs.ext4 -q "$1.image"
	mount -o loop "$1.image" "$1"
	undo_with umount "$1"
}

# require_live_writeback - the kernel shows live pages to those who write them
# back, so that a change of one can be seen.
require_live_writeback() {
	local found
	found=$({ pinctl doctor || true; } |
		awk '$1 == "live-writeback" { print $2 }')
	[ "$found" = yes ] ||
		skip_all "needs live-writeback, here it is ${found:-unknown}"
}

# source_blocks FILE BLOCKS SEED - makes a file in which no two blocks are equal
# and none is zero; prints the digests of its blocks, sorted.
source_blocks() {
	seeded-file "$@"
	block-digests "$1" | cut -d ' ' -f 2 | sort
}

# mixed_blocks EVENTS BLOCKS - of "unstable" lines in a file those second looks
# that did not see one of these blocks: a recheck in the middle of a transfer
# sees a mixture. One digest a line.
mixed_blocks() {
	jq -r .recheck "$1" | sort | join -v 1 - "$2"
}

# seen UNSTABLE - in README.md's word: so many blocks.
seen() {
	if [ "$1" -gt 0 ]; then
		echo unstable
	else
		echo none
	fi
}

# readme_clients - the rows of README.md's table of clients: "CLIENT|SEEN|TEST".
readme_clients() {
	sed -n '/^<!-- clients -->$/,/^<!-- end of clients -->$/p' \
		"$srcdir/README.md" |
		sed -n 's/^| *\(.*[^ ]\) *| *\(.*[^ ]\) *| *`\(.*\)` *|$/\1|\2|\3/p' |
		sed 's/ *| */|/g'
}

# as_in_readme CLIENT SEEN - a check: README.md says that of this client, and
# names this test for it.
as_in_readme() {
	local test=${0##*/}
	is "$(readme_clients | grep -xF "$1|$2|${test%.sh}")" \
		"$1|$2|${test%.sh}" "README says so"
}
