# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Virtual machines in which QEMU and the guest are played by
# tests/helpers/vm-pretender.c, which says what steps there are.
. "$srcdir/tests/lib/pinfs.sh"

# A kernel is only a file here, and so is what the guest is made of.
pretend_files() {
	echo kernel >"$tmp/bzImage"
	gzip </dev/null >"$tmp/initrd"
}

# machine NAME STEPS [KEY=VALUE...] - one machine to its end, in $tmp/NAME.
machine() {
	local name=$1
	VM_PRETEND=$2 timeout -s KILL 120 \
		"$top_builddir/tests/helpers/vm-machine" \
		"qemu=$top_builddir/tests/helpers/vm-pretender" accel=tcg \
		memory=16 "initrd=$tmp/initrd" "name=$name" "${@:3}" \
		"$tmp/bzImage" "$tmp/$name" -- dio-read@writeback >&2 ||
		diag "status $? of the machine $name"
}

# value NAME FILTER - of a machine's result.json; "none" without one.
value() {
	jq -r "$2" "$tmp/$1/result.json" || echo none
}
