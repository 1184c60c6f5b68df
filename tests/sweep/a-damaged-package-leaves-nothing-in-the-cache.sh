#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a package that is cut, has no kernel, or belongs to another kernel is
#           told in one line and leaves nothing; several of one kernel make one.
# Refuted by: a success, another number of lines, files left in the cache.
# Proof of coverage: the same package uncut is unpacked before and after.
. "$srcdir/tests/lib/vmkernel.sh"
require_prog ar xz
plan 14

fake_tree "$tmp/tree" 6.99.1-fake
fake_tree "$tmp/other" 6.99.2-fake
fake_deb "$tmp/whole.deb" linux-image-fake 6.99.1-1 "$tmp/tree"
fake_deb "$tmp/other.deb" linux-image-fake 6.99.2-1 "$tmp/other"
head -c "$(($(stat -c %s "$tmp/whole.deb") * 2 / 3))" "$tmp/whole.deb" \
	>"$tmp/cut.deb"
mkdir -p "$tmp/image" "$tmp/modules"
cp -r "$tmp/tree/boot" "$tmp/image"
cp -r "$tmp/tree/lib" "$tmp/modules"
fake_deb "$tmp/image.deb" linux-image-fake 6.99.1-1 "$tmp/image"
fake_deb "$tmp/modules.deb" linux-modules-fake 6.99.1-1 "$tmp/modules"

# refused DESCRIPTION SPEC TEXT
refused() {
	forget
	is "$(found image "$2")" '' "$1: it is refused"
	like "$(head -n 1 "$tmp/messages")" "$3" "$1: why is said"
	is "$(wc -l <"$tmp/messages") $(find "$PINFS_VM_CACHE" -name '*.ko')" \
		'2 ' "$1: in a line, and nothing is left"
}
refused "a cut one" "$tmp/cut.deb" 'cut.deb. is damaged'
refused "one without an image" "$tmp/modules.deb" "no kernel's image"
refused "two of different kernels" "$tmp/whole.deb,$tmp/other.deb" \
	'files of the kernel 6.99.2-fake besides those of 6.99.1-fake'
is "$(found version "$tmp/whole.deb")" 6.99.1-1 "the uncut one is unpacked"

forget
modules=$(found modules "$tmp/modules.deb,$tmp/image.deb")
ok "two of one kernel make one" \
	diff -r "$modules" "$tmp/tree/lib/modules/6.99.1-fake"
is "$(found package "$tmp/modules.deb,$tmp/image.deb")" linux-image-fake \
	"which is called by the one with the image"
is "$(found modules "$tmp/image.deb")" '' "without modules it has none"
ok "and that is said" said 'no modules are in'
