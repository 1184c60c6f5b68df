#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with a limit of 256 descriptors the daemon serves thousands of files
#           that the kernel knows at the same time, where SOURCE has handles.
# Refuted by: an error, or wrong content.
# Proof of coverage: status says how many inodes the kernel knows and that they
#                    are found by handle; /proc counts the daemon's descriptors.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
files=$(full 30000 3000)
ulimit -n 256
mount_pinfs
if [ "$(gate status | jq -r .mode)" != handle ]; then
	umount_pinfs
	skip_all "needs file handles in $tmp"
fi
plan 7

make_files() {
	local i
	for ((i = 0; i < files; i++)); do
		((i % 1000)) || mkdir "$mnt/$((i / 1000))" || return
		echo "$i" >"$mnt/$((i / 1000))/$i" || return
	done
}

# Each file says its name.
check_files() {
	[ "$(cd "$1" && find . -path ./.pinfs -prune -o -type f -print |
		wc -l)" -eq "$files" ] &&
		(cd "$1" && find . -path ./.pinfs -prune -o -type f -print0 |
			xargs -0 grep -H '') |
		awk -F '[/:]' '$3 != $4 { exit 1 }'
}

ok "$files files are made" make_files
ok "each is read" check_files "$mnt"
ok "the kernel knows them all" \
	test "$(gate status | jq .inodes)" -ge "$files"
ok "the daemon has few descriptors" \
	test "$(find "/proc/$daemon_pid/fd" -type l | wc -l)" -lt 150
ok "the attributes of each are changed" \
	find "$mnt" -type f -exec chmod 600 {} +
ok "unmounted" umount_pinfs
ok "SOURCE has each" check_files "$src"
