#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: an image is found with the modules of its release that lie beside it,
#           of its build tree, or those that were given; without any it is a kernel
#           that has all built in. What is no kernel is told.
# Refuted by: other modules, or those of another release; a success without a
#             kernel.
# Proof of coverage: each place has modules of its own.
. "$srcdir/tests/lib/vmkernel.sh"
plan 18

release=6.99.1-fake
fake_tree "$tmp/a" "$release"
image=$tmp/a/boot/vmlinuz-$release
is "$(found modules "$image")" "$tmp/a/lib/modules/$release" \
	"those of boot/../lib/modules"
is "$(found name "$image")" "$release" "it is called by its release"
fake_tree "$tmp/given" "$release"
is "$(found modules "$image" -m "$tmp/given")" \
	"$tmp/given/lib/modules/$release" "those given, as they are installed"
is "$(found modules "$image" -m "$tmp/given/lib/modules/$release")" \
	"$tmp/given/lib/modules/$release" "those given, by their directory"
forget
is "$(found modules "$image" -m "$tmp/none")" '' "those given must be there"
ok "and that is said" said "there is no directory '$tmp/none'"

mkdir -p "$tmp/b/usr"
mv "$tmp/a/lib" "$tmp/b/usr/lib"
mv "$tmp/a/boot" "$tmp/b/boot"
is "$(found modules "$tmp/b/boot/vmlinuz-$release")" \
	"$tmp/b/usr/lib/modules/$release" "those of boot/../usr/lib/modules"
cp "$tmp/b/boot/vmlinuz-$release" "$tmp/b/usr/lib/modules/$release/vmlinuz"
is "$(found modules "$tmp/b/usr/lib/modules/$release/vmlinuz")" \
	"$tmp/b/usr/lib/modules/$release" "those that it lies among"
fake_image "$tmp/b/boot/vmlinuz-other" 6.99.2-fake
is "$(found modules "$tmp/b/boot/vmlinuz-other")" '' "not another release's"
is "$(found release "$tmp/b/boot/vmlinuz-other")" 6.99.2-fake \
	"it is a kernel all the same"

fake_image "$tmp/linux/arch/x86/boot/bzImage" 6.99.3-rc1+
mkdir -p "$tmp/linux/fs/fuse"
touch "$tmp/linux/fs/fuse/fuse.ko"
echo fs/fuse/fuse.o >"$tmp/linux/modules.order"
is "$(found image "$tmp/linux")" "$tmp/linux/arch/x86/boot/bzImage" \
	"a build tree has an image"
is "$(found modules "$tmp/linux")" "$tmp/linux" "and its modules"
is "$(found modules "$tmp/linux/arch/x86/boot/bzImage")" "$tmp/linux" \
	"also by its image"
rm "$tmp/linux/modules.order"
is "$(found modules "$tmp/linux")" '' "one without modules has none"

# not_a_kernel TEXT SPEC...
not_a_kernel() {
	local text=$1 spec
	shift
	for spec; do
		forget
		[ -z "$(found image "$spec")" ] && said "$text" || return
	done
}
echo text >"$tmp/text"
ok "a text is no kernel" not_a_kernel 'is no kernel' "$tmp/text"
ok "nothing is none" not_a_kernel 'there is no kernel' "$tmp/nothing"
mkfifo "$tmp/pipe"
ok "a pipe is none, and not waited for" \
	not_a_kernel 'is neither a file nor a directory' "$tmp/pipe"
ok "a directory is none" not_a_kernel 'is no build tree' "$tmp/a"
