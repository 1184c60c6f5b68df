#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: modules of another release than the kernel's, and a directory that has
#           none, are told with the directory, for all that the guest can say is
#           that it has no /dev/fuse. Those of the kernel are not.
# Refuted by: no word about them; one about the right ones.
# Proof of coverage: the same files, for kernels of two releases.
. "$srcdir/tests/lib/played.sh"
require_prog jq gzip objcopy
plan 6

one=pwrite@writeback
mkdir -p "$tmp/modules/kernel" "$tmp/empty"
printf 'license=GPL\0depends=\0vermagic=6.2.0 SMP preempt mod_unload \0' >"$tmp/info"
objcopy -I binary -O elf64-x86-64 --rename-section .data=.modinfo "$tmp/info" \
	"$tmp/modules/kernel/fuse.ko"
says "$tmp/old" 6.1.0 STABLE
says "$tmp/new" 6.2.0 STABLE

# try KERNEL DIR - and $told: what is said of modules.
try() {
	local status=0
	timeout -s KILL 100 pinctl sweep "--qemu=$tmp/qemu" --accel=tcg --memory=128 \
		"--out=$tmp/out" -q -s $one "--modules=$tmp/$2" "$tmp/$1" \
		>"$tmp/said" 2>"$tmp/messages" || status=$?
	is "$status" 0 "the kernel $1 has run with $2"
	told=$(sed -n '/modules/s/^pinctl: //p' "$tmp/messages")
}
try old modules
is "$told" "6.1.0: the modules in '$tmp/modules' are of 6.2.0, which a kernel 6.1.0 may not load: --modules names its own" \
	"modules of another release are told"
try new modules
is "$told" '' "its own are not"
try new empty
is "$told" "6.2.0: in '$tmp/empty' there are neither modules nor a list of those that are built in" \
	"none at all is told"
