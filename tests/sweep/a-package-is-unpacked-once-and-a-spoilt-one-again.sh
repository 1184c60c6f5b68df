#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what a package holds of a kernel is unpacked once, by its content and
#           not by its name; what of it is spoilt, torn or half-made in the cache
#           is noticed and made again.
# Refuted by: files that are made anew when they are whole, or that stay as they
#             are when they are not; something left behind.
# Proof of coverage: inode numbers of the files before and after; each kind of
#                    damage is said in a message, and the file is right afterwards.
. "$srcdir/tests/lib/vmkernel.sh"
require_prog ar xz
plan 21

release=6.99.1-fake
fake_tree "$tmp/tree" "$release"
fake_deb "$tmp/a.deb" linux-image-fake 6.99.1-1 "$tmp/tree"

image=$(found image "$tmp/a.deb")
ok "the image is that of the package" \
	cmp "$image" "$tmp/tree/boot/vmlinuz-$release"
is "$(found name "$tmp/a.deb")" 6.99.1-1 "it is called by its version"
is "$(found release "$tmp/a.deb")" "$release" "the image says its release"
modules=$(found modules "$tmp/a.deb")
ok "the modules are those of the package" \
	diff -r "$modules" "$tmp/tree/lib/modules/$release"

first=$(stat -c %i "$image")
cp "$tmp/a.deb" "$tmp/b.deb"
is "$(found image "$tmp/b.deb")" "$image" "a copy of it is the same"
is "$(stat -c %i "$image")" "$first" "and is not unpacked again"

entry=$(dirname "$image")
# damage DESCRIPTION COMMAND... - then all must be as it was, by a new directory.
damage() {
	local description=$1 before
	shift
	before=$(stat -c %i "$entry")
	"$@"
	forget
	is "$(found image "$tmp/a.deb")" "$image" "$description: it is found"
	ok "$description: it is said" said 'is spoilt, and made again'
	ok "$description: it is right again" \
		diff -r "$modules" "$tmp/tree/lib/modules/$release"
	[ "$(stat -c %i "$entry")" != "$before" ] || diag "the same directory"
}
cut_file() { truncate -s 100 "$1"; }
change_byte() { printf X | put_bytes "$1" 150000; }
damage "a module with a changed byte" change_byte "$modules/kernel/fs/xfs.ko"
damage "a file that is cut" cut_file "$image"
damage "a module that is gone" rm "$modules/kernel/fs/fuse.ko"
damage "a manifest that is cut" cut_file "$entry/manifest"

rm -rf "$entry"
mkdir -p "$entry.tmp/modules/kernel"
echo rest >"$entry.tmp/modules/kernel/rest.ko"
forget
is "$(found image "$tmp/a.deb")" "$image" \
	"what a killed process began is no hindrance"
not_ok "and no part of the result" test -e "$modules/kernel/rest.ko"
is "$(find "$PINFS_VM_CACHE" -name '*.tmp')" '' "nothing half-made is left"
