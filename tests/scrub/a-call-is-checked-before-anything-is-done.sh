#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: PINFS_IOC_SCRUB of <pinfs/ioctl.h> compares the blocks it is asked
#           for and says where to go on; what is wrong with a call is an error as
#           the header says, and nothing is done.
# Refuted by: another answer; a block that is compared or adopted by a bad call.
# Proof of coverage: good calls beside the bad ones, of the same file.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_prog jq
plan 13
mkdir -p "$tmp/main/src"
fill "$tmp/main/src/a" 700
mount_pinfs

# answers WANTED DESCRIPTION ARGUMENT...
answers() {
	local wanted=$1 description=$2
	shift 2
	is "$(scrub-call "$@")" "$wanted" "$description"
}

answers EINVAL "an unknown flag" "$mnt/a" r 0 512 3
answers EINVAL "no block" "$mnt/a" r 0 0 1
answers EINVAL "too many" "$mnt/a" r 0 513 1
answers EINVAL "beyond all files" "$mnt/a" r 0x8000000000000 1 1
answers EBADF "not open for reading" "$mnt/a" w 0 512 1
answers ENOTTY "a directory" "$mnt" r 0 512 1
answers ENOTTY "a file of another filesystem" /proc/self/status r 0 512 1
is "$(find "$src/.pinfs/csum" -mindepth 3 -type f)" '' "nothing was adopted"
answers 'next=512 blocks=512 bad=0' "the first blocks" "$mnt/a" r 0 512 0
answers 'next=- blocks=188 bad=0' "the rest" "$mnt/a" rw 512 512 1
answers 'next=- blocks=0 bad=0' "behind the end" "$mnt/a" r 700 512 1
flip "$src/a" 699
answers 'next=600 blocks=100 bad=0' "beside a flip" "$mnt/a" r 500 100 0
answers 'next=- blocks=100 bad=1' "with it" "$mnt/a" r 600 100 0
