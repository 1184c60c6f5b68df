#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: where something is mounted inside SOURCE the mount shows what lies
#           beneath it, also when it is mounted later, and changes only that.
# Refuted by: a file of the other filesystem in the mount, or one made there.
# Proof of coverage: the other filesystem has files of its own, seen in SOURCE.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
plan 9

mkdir -p "$tmp/main/src/before" "$tmp/main/src/after"
echo beneath >"$tmp/main/src/before/file"
echo beneath >"$tmp/main/src/after/file"
touch "$tmp/main/src/single"

cover() {
	mount -t tmpfs none "$1"
	undo_with umount "$1"
	echo above >"$1/file"
	echo above >"$1/more"
}

cover "$tmp/main/src/before"
mount --bind /etc/passwd "$tmp/main/src/single"
undo_with umount "$tmp/main/src/single"
mount_pinfs
cover "$src/after"
for dir in before after; do
	is "$(cat "$src/$dir/file")" above "$dir: SOURCE shows the other filesystem"
	is "$(cat "$mnt/$dir"/*)" beneath "the mount what is beneath it"
	touch "$mnt/$dir/new"
	not_ok "a new file is not made in the other" test -e "$src/$dir/new"
done
is "$(stat -c %s "$mnt/single")" 0 "a covered file is itself"
ok "unmounted" umount_pinfs
umount "$src/after"
ok "the new file is beneath" test -e "$src/after/new"
mount -t tmpfs none "$src/after"
