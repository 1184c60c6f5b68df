# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Guests as "pinctl sweep" has them, one by one: a kernel, the guest's files, QEMU.
. "$srcdir/tests/lib/tap.sh"
. "$srcdir/tests/lib/require.sh"

nonce=0123456789abcdef0123456789abcdef

# guest_kernel - the path of a kernel, or nothing.
guest_kernel() {
	if [ -n "${PINFS_TEST_KERNEL:-}" ]; then
		echo "$PINFS_TEST_KERNEL"
		return
	fi
	find /var/cache/pinfs-tests/boot /boot -maxdepth 1 -name 'vmlinuz-*' \
		2>/dev/null | sort -V | tail -n 1
}

# guest_modules KERNEL - the directory of its modules, or nothing: PINFS_TEST_MODULES,
# or as packages have it, or the one that it lies in.
guest_modules() {
	local dir release=${1##*/vmlinuz-}
	for dir in "${PINFS_TEST_MODULES:-}" \
		"${1%/*}/../lib/modules/$release" \
		"${1%/*}/../usr/lib/modules/$release" "${1%/*}"; do
		if [ -z "$dir" ] || [ ! -d "$dir/kernel" ]; then
			continue
		fi
		echo "$dir"
		return
	done
}

# require_machine - sets kernel and modules, for a guest that runs no scenarios.
require_machine() {
	require_prog qemu-system-x86_64 jq
	[ "$(uname -m)" = x86_64 ] || skip_all "needs programs for x86-64"
	kernel=$(guest_kernel)
	[ -r "$kernel" ] || skip_all "needs a kernel for a guest: in /boot," \
		"or PINFS_TEST_KERNEL=FILE (Debian: linux-image-cloud-amd64)"
	modules=$(guest_modules "$kernel")
	[ -n "$modules" ] || skip_all "needs the modules of $kernel:" \
		"PINFS_TEST_MODULES=DIR"
	diag "kernel: $kernel"
}

# require_guest - as require_machine, and scenarios can run there.
require_guest() {
	require_machine
	grep -qs '/fuse\.ko' "$modules/modules.builtin" ||
		[ -n "$(find "$modules" -name 'fuse.ko*' -print -quit)" ] ||
		skip_all "needs FUSE for $kernel: $modules has no fuse.ko"
}

# guest_image MAX FILE ARGUMENT... - a guest's files, with the job to run that, and
# to send so much of events and evidence.
guest_image() {
	"$top_builddir/tests/helpers/guest-image" "$modules" "$nonce" "$@" \
		>/dev/null && rm -f "$2.base"
}

# guest_boot FILE SECONDS QEMU-OPTION... - until it is off; the console is
# FILE.console. One thread: see vm/qemu.h:vm_qemu_threads().
guest_boot() {
	timeout -s KILL "$2" qemu-system-x86_64 -nodefaults -no-reboot \
		-display none -accel tcg,thread=single -cpu max,-cx16 -smp 2 \
		-m 768 -kernel "$kernel" -initrd "$1" \
		-append 'console=ttyS0 quiet panic=-1 mitigations=off' \
		-serial "file:$1.console" "${@:3}" </dev/null >&2
}

# guest_frames FILE - what came of a channel, an object for each frame.
guest_frames() {
	"$top_builddir/tests/helpers/guest-frames" "$nonce" <"$1"
}
