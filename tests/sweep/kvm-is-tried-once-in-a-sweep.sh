#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whether KVM works is found out on the first kernel that is heard of, and
#           not again for each of the others.
# Refuted by: another trial; a kernel that was not run the way that was found out.
# Proof of coverage: what QEMU is called with is kept, and the first kernel's trial
#                    is among it; a first kernel that is not heard of decides
#                    nothing.
. "$srcdir/tests/lib/played.sh"
require_prog jq gzip
if ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ]; then
	skip_all "there is no /dev/kvm to try"
fi
plan 4

# What plays QEMU needs an initramfs, which a trial has not: KVM does not work.
echo "echo \"\$*\" >>'$tmp/calls'" >"$tmp/before"
played=("--qemu=$tmp/qemu" --memory=128 "--initrd=$tmp/initrd")

# trials KERNEL... - sweeps them one after the other, and counts.
trials() {
	: >"$tmp/calls"
	sweep -q -j1 -s pwrite@writeback "$@" >&2 || true
	trials=$(grep -c kvm "$tmp/calls" || true)
}

says "$tmp/k1" 6.1.0 STABLE
says "$tmp/k2" 6.2.0 STABLE
says "$tmp/k3" 6.3.0 STABLE
trials "$tmp/k1" "$tmp/k2" "$tmp/k3"
is "$trials" 1 "three kernels, one trial"
is "$(jq -r .machine.accel "$tmp"/out/6.*/result.json | sort | uniq -c |
	awk '{ print $1, $2 }')" '3 tcg' "and all run as it said"

kernel_of "$tmp/k1" 6.1.0 'greet;exit=0'
trials "$tmp/k1" "$tmp/k2" "$tmp/k3"
is "$trials" 2 "a kernel that is not heard of decides nothing"
trials "$tmp/k3"
is "$trials" 1 "and another sweep tries again"
