#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a program that another user changes loses set-user-ID and
#           set-group-ID, whichever way it is changed and with every cache mode;
#           file capabilities are lost to a change by anyone, the mode is not
#           to one by root.
# Refuted by: a bit that is left, or lost, in the mount or in SOURCE.
# Proof of coverage: the program has the bits before each change.
. "$srcdir/tests/lib/pinfs.sh"
require_user nobody
require_fuse
plan 27
chmod 755 "$tmp"

make_program() {
	rm -f "$file"
	printf '%8192s' '' >"$file"
	chmod 6777 "$file"
	[ "$(modes)" = "6777 6777" ]
}

modes() {
	echo "$(stat -c %a "$mnt/program") $(stat -c %a "$src/program")"
}

modes_are() {
	[ "$(modes)" = "$1" ]
}

# loses COMMAND... - run as nobody. The kernel may know the old mode for a second.
loses() {
	make_program &&
		setpriv --reuid=nobody --regid=65534 --clear-groups "$@" &&
		modes_are "$(stat -c %a "$mnt/program") 777" &&
		wait_for modes_are "777 777"
}

# keeps COMMAND... - run as root.
keeps() {
	make_program && "$@" && modes_are "6777 6777"
}

append() {
	echo x >>"$file"
}

for cache in writeback through none; do
	mount_pinfs -o "allow_other,default_permissions,cache=$cache"
	file=$mnt/program
	# shellcheck disable=SC2016
	ok "$cache: by appending" loses sh -c 'echo x >>"$1"' sh "$file"
	# shellcheck disable=SC2016
	ok "by emptying" loses sh -c ': >"$1"' sh "$file"
	ok "by truncate(2)" loses truncate -s 5 "$file"
	ok "by fallocate(2)" loses fallocate -l 1M "$file"
	ok "by O_DIRECT" loses dd if=/dev/zero of="$file" bs=4k count=1 \
		oflag=direct conv=notrunc status=none
	make_program
	chown 1234 "$file"
	is "$(modes)" "777 777" "by chown(2)"
	ok "not by root" keeps append
	make_program
	if setcap cap_net_raw+ep "$file" 2>/dev/null; then
		append
		is "$(getcap "$src/program")" '' "capabilities by anyone"
	else
		skip 1 "no file capabilities in $tmp"
	fi
	umount_pinfs
	pass "unmounted"
done
