# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Kernels that are none: images with a header that says a release, and packages of
# them. After tap.sh; nothing here needs FUSE.
. "$srcdir/tests/lib/tap.sh"
. "$srcdir/tests/lib/require.sh"
PATH=$top_builddir/tests/helpers:$PATH
export PINFS_VM_CACHE=$tmp/cache

# fake_image FILE RELEASE [TEXT] - a bzImage as far as its header goes (boot.rst),
# with TEXT behind it.
fake_image() {
	mkdir -p "$(dirname "$1")"
	head -c 4096 /dev/zero >"$1"
	printf '\x04' | put_bytes "$1" $((0x1f1))
	printf 'HdrS' | put_bytes "$1" $((0x202))
	printf '\x00\x04' | put_bytes "$1" $((0x20e))
	printf '%s (builder) #1\0' "$2" | put_bytes "$1" $((0x600))
	printf '%s' "${3:-}" >>"$1"
}

# put_bytes FILE OFFSET - standard input, into a file that is there.
put_bytes() {
	dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# fake_tree DIR RELEASE - an unpacked kernel with two modules.
fake_tree() {
	local modules=$1/lib/modules/$2
	fake_image "$1/boot/vmlinuz-$2" "$2"
	mkdir -p "$modules/kernel/fs"
	echo "fuse of $2" >"$modules/kernel/fs/fuse.ko"
	head -c 200000 /dev/urandom >"$modules/kernel/fs/xfs.ko"
	echo kernel/fs/fuse.ko >"$modules/modules.order"
}

# fake_deb FILE NAME VERSION DIR - all of DIR as a package.
fake_deb() {
	local work
	work=$(mktemp -d "$tmp/deb.XXXXXX")
	echo 2.0 >"$work/debian-binary"
	printf 'Package: %s\nVersion: %s\nArchitecture: amd64\n' "$2" "$3" \
		>"$work/control"
	tar -C "$work" -czf "$work/control.tar.gz" ./control
	tar -C "$4" -cJf "$work/data.tar.xz" .
	(cd "$work" && ar rc p.deb debian-binary control.tar.gz data.tar.xz)
	mkdir -p "$(dirname "$1")"
	mv "$work/p.deb" "$1"
	rm -rf "$work"
}

# found KEY SPEC [OPTION...] - what vm-kernel says of it; "" when it fails. Its
# messages are added to $tmp/messages.
found() {
	local key=$1 spec=$2
	shift 2
	timeout 60 vm-kernel find "$@" "$spec" 2>>"$tmp/messages" >"$tmp/found" ||
		return 0
	sed -n "s/^$key //p" "$tmp/found"
}

# said TEXT - that is in the messages since the last forget.
said() { grep -F -- "$1" "$tmp/messages"; }
forget() { : >"$tmp/messages"; }
forget
on_failure cat "$tmp/messages"

# wait_until COMMAND... - until it succeeds, for half a minute at most.
wait_until() {
	local end=$((SECONDS + 30))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}
