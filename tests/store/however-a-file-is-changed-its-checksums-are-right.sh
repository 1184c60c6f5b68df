#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: after writes that do not end with blocks, O_DIRECT ones of sectors,
#           appending, truncating into a block and up again, holes and zeros with
#           edges within blocks, copies that lie alike and that do not, and
#           O_TRUNC, a file has the bytes that it would have had without us, and
#           each block that was ever written whole or known has a checksum.
# Refuted by: other bytes; a flipped bit that is not found, or one found where
#             none can be; a block accused that was not flipped.
# Proof of coverage: each list of blocks says which must be found, and all others
#                    are flipped as well.
. "$srcdir/tests/lib/store.sh"
require_fuse
require_prog jq xfs_io
caches=(none through writeback)
plan $((${#caches[@]} * 21))

# check DESCRIPTION FILE BLOCK... - read from SOURCE, it is right and protected.
check() {
	local description=$1 file=$2
	remount -o "$options" || return
	ok "$description: the bytes" cmp "$mnt/$file" "$want/$file"
	shift
	ok "$description: protected" protected "$@"
}

small_writes() {
	local i
	both touch @/odd || return
	for i in 1 100 4000 4095 1 7000 4096 13; do
		put odd "$(stat -c %s "$mnt/odd")" "$i" || return
	done
	check "appended in odd pieces" odd 0 1 2 3 4
	put odd 4090 20 && put odd 1 1 && put odd 12288 4096 &&
		put odd 8000 5000
	check "changed in part" odd 0 1 2 3 4
	put odd 512 512 oflag=direct,seek_bytes &&
		put odd 7680 1024 oflag=direct,seek_bytes
	check "changed by sectors with O_DIRECT" odd 0 1 2 3 4
}

sizes() {
	put size 0 30000 && both truncate -s 10001 @/size &&
		both truncate -s 40000 @/size
	check "cut within a block, and grown again" size 0 1 2
	put size 24576 4096 && put size 36864 4136
	check "written far behind its end" size 0 1 2 6 9 10
	both truncate -s 8192 @/size && put size 8192 100 &&
		both truncate -s 8200 @/size
	check "cut to a block's end, and appended" size 0 1 2
	both dd if="$tmp/bytes" of=@/size bs=60 count=1 status=none
	check "made anew with O_TRUNC" size 0
}

holes() {
	put holes 0 40960 || return
	both fallocate -p -o 5000 -l 10000 @/holes &&
		both fallocate -p -o 20490 -l 100 @/holes
	check "with holes" holes 0 1 3 4 5 6 7 8 9
	if both fallocate -z -o 25000 -l 9000 @/holes; then
		check "with zeros" holes 0 1 3 4 5 6 8 9
	else
		skip 2 "SOURCE cannot make zeros"
	fi
}

copies() {
	both cp @/odd @/copy
	both xfs_io -c "copy_range -s 4096 -d 8192 -l 8192 @/odd" @/copy &&
		both xfs_io -c "copy_range -s 100 -d 300 -l 5000 @/odd" @/copy &&
		both xfs_io -c "copy_range -s 0 -d 16384 -l 20000 @/odd" @/copy
	check "copied" copy 0 1 2 3 4 5 6 7 8
}

for cache in "${caches[@]}"; do
	options=cache=$cache
	mount_pinfs "@$cache" -o "$options"
	# shellcheck disable=SC2317
	remount() {
		umount_pinfs "@$cache" && mount_pinfs "@$cache" "$@"
	}
	diag "cache=$cache"
	small_writes
	sizes
	holes
	copies
	ok "unmounted" umount_pinfs "@$cache"
	rm -rf "${want:?}"/*
done
