#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a change of one attribute of a file, a directory or a symbolic link
#           changes that and nothing else, in the mount and in SOURCE.
# Refuted by: another value there, or a change of another attribute.
# Proof of coverage: every attribute has a value of its own before.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
plan 20

# check WANTED DESCRIPTION - of $name, in both.
check() {
	local format='%a %u:%g %s %X %Y'
	is "$(stat -c "$format" "$src/$name") $(stat -c "$format" "$mnt/$name")" \
		"$1 $1" "$2"
}

# set_all - what check finds before a change.
set_all() {
	chown -h 12:34 "$mnt/$name"
	[ "$name" = link ] || chmod 640 "$mnt/$name"
	touch -h -a -d @1000 "$mnt/$name"
	touch -h -m -d @2000 "$mnt/$name"
}

# near_now TIME - within a minute.
near_now() {
	[ $(($(date +%s) - $1)) -lt 60 ]
}

mount_pinfs
echo text >"$mnt/file"
mkdir "$mnt/dir"
ln -s target "$mnt/link"
for name in file dir link; do
	mode=640
	set_all
	size=$(stat -c %s "$src/$name")
	[ "$name" != link ] || mode=777
	check "$mode 12:34 $size 1000 2000" "$name: all are set"
	chown -h 13 "$mnt/$name"
	check "$mode 13:34 $size 1000 2000" "the owner"
	chgrp -h 35 "$mnt/$name"
	check "$mode 13:35 $size 1000 2000" "the group"
	touch -h -a -d @1500 "$mnt/$name"
	check "$mode 13:35 $size 1500 2000" "the time of the last access"
	touch -h -m "$mnt/$name"
	ok "the time of the last change, to now" \
		near_now "$(stat -c %Y "$src/$name")"
done
name="file"
set_all
chmod 4755 "$mnt/file"
check "4755 12:34 5 1000 2000" "the mode"
truncate -s 3 "$mnt/file"
is "$(stat -c '%a %s %X' "$src/file")" "4755 3 1000" "the size"
is "$(cat "$src/file")" tex "its bytes"

# An access control list changes the mode without the kernel's knowledge.
mode_is_group_write() {
	[ "$(stat -c %a "$mnt/dir") $(stat -c %a "$src/dir")" = "670 670" ]
}
chmod 640 "$mnt/dir"
if setfacl -m u:1234:rwx "$mnt/dir"; then
	ok "the mode, by an access control list" wait_for mode_is_group_write
else
	skip 1 "no setfacl, or no access control lists in $tmp"
fi
umount_pinfs
pass "unmounted"
