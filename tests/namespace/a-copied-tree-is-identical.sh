#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a tree with everything that a tree can have, copied to the mount, is
#           the same tree in the mount and in SOURCE, also after a new mount, and
#           so is a copy of it made from the mount.
# Refuted by: any difference of content, type, mode, owner, size, links, times,
#             symbolic link, device, extended attributes or holes.
# Proof of coverage: the tree's own listing shows each kind of thing.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog setfattr getfattr
plan 23

make_tree() {
	local dir=$1 long
	long=$(printf '%255s' '' | tr ' ' n)
	mkdir -p "$dir/sub/deeper" "$dir/empty" "$dir/sticky"
	chmod 1777 "$dir/sticky"
	seq 100000 >"$dir/sub/file"
	: >"$dir/sub/nothing"
	echo long >"$dir/$long"
	echo odd >"$dir/$(printf 'a b\tc\nd\\e')"
	ln "$dir/sub/file" "$dir/sub/deeper/hard-link"
	ln -s ../file "$dir/sub/deeper/symlink"
	ln -s /does/not/exist "$dir/dangling"
	ln -P "$dir/dangling" "$dir/dangling-too"
	mkfifo -m 640 "$dir/fifo"
	mknod -m 600 "$dir/device" c 1 3
	cp /bin/true "$dir/program"
	chown 12:34 "$dir/program"
	chmod 6755 "$dir/program"
	truncate -s 64M "$dir/sparse"
	printf x | dd of="$dir/sparse" bs=1 seek=32M conv=notrunc status=none
	setfattr -n user.plain -v value "$dir/sub/file"
	setfattr -n user.binary -v 0x00ff0a "$dir/sub"
	setfattr -h -n trusted.link -v target "$dir/dangling"
	touch -d '2001-02-03 04:05:06.123456789' "$dir/sub/nothing"
	touch -h -d '1970-01-01 00:00:01' "$dir/dangling"
	touch -d '2033-05-18 03:33:20.5' "$dir/empty"
}

# Everything about a tree. Sizes and links of directories are the filesystem's
# own business.
listing() {
	(
		cd "$1"
		find . -mindepth 1 -type d -printf '%p %y %m %u %g %T@\n' -o \
			-printf '%p %y %m %u %g %n %s %T@ %l\n' | sort
		find . -mindepth 1 \( -type b -o -type c \) \
			-exec stat -c '%n %t %T' {} +
		find . -type f -exec cksum {} + | sort
		# A line a file, in an order that is not readdir's.
		getfattr -R -P -h -d -m - -e hex . | grep -v '^# file: \.$' |
			awk -v RS= '{ gsub(/\n/, " | "); print }' | sort
	)
}

# same A B - the status tells.
same() {
	diff <(listing "$1") <(listing "$2")
}

# is_sparse FILE - less than a tenth of it is allocated.
is_sparse() {
	local blocks size
	read -r blocks size < <(stat -c '%b %s' "$1")
	[ $((blocks * 512)) -lt $((size / 10)) ]
}

make_tree "$tmp/tree"
listing "$tmp/tree" >"$tmp/listing"
like "$(<"$tmp/listing")" 'sparse f 644 root root 1 67108864' 'a sparse file'
like "$(<"$tmp/listing")" 'program f 6755' 'a set-user-ID program'
like "$(<"$tmp/listing")" 'file f 644 root root 2' 'a hard link'
like "$(<"$tmp/listing")" 'dangling l 777 root root 2' 'two of a symbolic link'
like "$(<"$tmp/listing")" '/does/not/exist' 'a dangling symbolic link'
like "$(<"$tmp/listing")" 'device 1 3' 'a device'
like "$(<"$tmp/listing")" 'fifo p 640' 'a FIFO'
like "$(<"$tmp/listing")" 'user.binary=0x00ff0a' 'extended attributes'
like "$(<"$tmp/listing")" 'trusted.link' 'one of a symbolic link'
like "$(<"$tmp/listing")" '1234567890* ' 'nanoseconds'

mount_pinfs
ok "the tree is copied" cp -a "$tmp/tree" "$mnt/tree"
ok "it is the same in the mount" same "$tmp/tree" "$mnt/tree"
ok "its holes are holes" is_sparse "$src/tree/sparse"
wait_for is_sparse "$mnt/tree/sparse" || true
ok "they show in the mount" is_sparse "$mnt/tree/sparse"
ok "copied within the mount" cp -a "$mnt/tree" "$mnt/second"
ok "the copy is the same" same "$tmp/tree" "$mnt/second"
ok "unmounted" umount_pinfs
ok "it is the same in SOURCE" same "$tmp/tree" "$src/tree"

mount_pinfs
ok "it is the same after a new mount" same "$tmp/tree" "$mnt/tree"
ok "copied from the mount" cp -a "$mnt/tree" "$tmp/third"
ok "that copy is the same" same "$tmp/tree" "$tmp/third"
ok "with its holes" is_sparse "$tmp/third/sparse"
umount_pinfs
pass "unmounted"
