#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with QEMU and a kernel of Debian a command line on which the kernel
#           panics is a panic, an initramfs that hangs a hang, one that switches off
#           early no result, even when it has printed a result on its console, and
#           a kernel that finds no program to start a failure to boot. Where KVM
#           does not work the machine runs without. Of a hang the console's log has
#           what SysRq tells.
# Refuted by: another outcome, a result, a machine whose QEMU stays.
# Proof of coverage: the console's log has the kernel's version, and what the
#                    planted program has printed.
#
# The guest is any Linux kernel with virtio: $PINFS_TEST_KERNEL, or what "bootstrap
# packages" has unpacked below /var/cache/pinfs-tests, or the newest in /boot. Each
# machine takes some seconds without KVM.
. "$srcdir/tests/lib/machine.sh"
require_prog jq gzip cpio busybox qemu-system-x86_64
plan 14

kernel=${PINFS_TEST_KERNEL:-$(find /var/cache/pinfs-tests/boot /boot -maxdepth 1 \
	-name 'vmlinuz-*' 2>/dev/null | sort -V | tail -n 1)}
[ -r "$kernel" ] || skip_all "needs a kernel for a guest: in /boot, or" \
	"PINFS_TEST_KERNEL=FILE (Debian: linux-image-cloud-amd64)"
diag "kernel: $kernel"

# initramfs NAME - one whose /init is the text on standard input.
initramfs() {
	local dir=$tmp/$1.d
	mkdir -p "$dir/bin" "$dir/dev" "$dir/proc"
	cp "$(command -v busybox)" "$dir/bin/busybox"
	# Not every busybox is static.
	{ ldd "$dir/bin/busybox" 2>/dev/null || true; } |
		awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i }' |
		xargs -r cp --parents -L -t "$dir"
	cat >"$dir/init"
	chmod +x "$dir/init"
	(cd "$dir" && find . | cpio -o -H newc --quiet) | gzip -1 >"$tmp/$1.gz"
	rm -rf "$dir"
}

# real NAME [KEY=VALUE...] - one machine, in $tmp/NAME; QEMU yields to others.
real() {
	nice timeout -s KILL 300 "$top_builddir/tests/helpers/vm-machine" \
		memory=512 "${@:2}" "$kernel" "$tmp/$1" \
		-- dio-read@writeback >&2 || diag "status $? of the machine $1"
	diag "$1: $(value "$1" .reason)"
	ok "$1: the kernel has begun" grep -q 'Linux version' "$tmp/$1/console.log"
}

initramfs off <<'INIT'
#!/bin/busybox sh
echo '{"scenario":"dio-read@writeback","verdict":"UNSTABLE","outcome":"as_known"}'
echo 'pinvm1 00000000000000000000000000000000 0 result 2 0000000000000000'
exec busybox poweroff -f
INIT
initramfs hang <<'INIT'
#!/bin/busybox sh
echo 'planted: at its console'
exec busybox cat
INIT

real panic "initrd=$tmp/off.gz" append=mem=32M
is "$(value panic .outcome)" panic "a kernel that has too little memory panics"
like "$(value panic .reason)" 'Kernel panic - not syncing: ' "its words are told"

real off "initrd=$tmp/off.gz"
is "$(value off '"\(.outcome) \(.results | length)"')" 'no-result 0' \
	"a guest that prints a result and switches off has none"
ok "it has printed one" grep -q dio-read@writeback "$tmp/off/console.log"
like "$(value off .reason)" 'switched the machine off before' \
	"that it switched off is told"
like "$(value off .machine.accel)" '^(kvm|tcg)$' \
	"what ran its instructions was found by trying"

real hang "initrd=$tmp/hang.gz" accel=tcg boot=20
is "$(value hang .outcome)" hang "a guest that waits for ever hangs"
ok "it had come to its program" grep -q 'planted: at its console' "$tmp/hang/console.log"
ok "the log has what SysRq tells" grep -q 'Show Blocked State' \
	"$tmp/hang/console.log"

real nothing "initrd=$tmp/off.gz" accel=tcg append=rdinit=/nonexistent
is "$(value nothing '.outcome')" boot-failure \
	"a kernel that finds no program does not boot"
