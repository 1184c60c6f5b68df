#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a process that has the file open in a mount namespace of its own, where
#           the mount has another number, is found by "suspects"; so is one in
#           pinctl exec, whose mount is in such a namespace. A file of another
#           filesystem with the same inode number is not taken for it.
# Refuted by: an opener that is missing, or one of the other file.
# Proof of coverage: the numbers of the mount, and of the inodes, are compared.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 5

mount_pinfs
echo x >"$mnt/t"

# openers PID... - descriptors of these processes, without those that they start.
openers() {
	control suspects path=/t | jq -c --args '.openers[] |
		select(.pid | IN($ARGS.positional[] | tonumber)) |
		[.pid, .fd, .flags]' "$@"
}

# number PID FD - of the mount that its descriptor is of.
number() {
	sed -n 's/^mnt_id:[[:space:]]*//p' "/proc/$1/fdinfo/$2"
}

inode_number() {
	sed -n 's/^ino:[[:space:]]*//p' "/proc/$1/fdinfo/$2"
}

# The file in SOURCE has the same number.
exec 6<>"$src/t"
exec 7<"$mnt/t"
is "$(inode_number $$ 6)" "$(inode_number $$ 7)" \
	"the file in SOURCE has the same inode number"
is "$(openers $$)" "[$$,7,\"O_RDONLY\"]" "and is not taken for the mount's"

# Copies of others' mounts must go at once, or those could not end.
mkfifo "$tmp/ready" "$tmp/end"
exec {ready}<>"$tmp/ready" {end}<>"$tmp/end"
# shellcheck disable=SC2016
unshare -m bash -c '
	findmnt -rn -t fuse.pinfs,fuseblk.pinfs -o TARGET | grep -vxF "$1" |
		while read -r dir; do
			umount -l "$dir"
		done
	exec 5<>"$1/t" 6<&- 7<&-
	echo ready >"$2/ready"
	read -r _ <"$2/end"' _ "$mnt" "$tmp" &
other=$!
end_other() {
	kill "$other" 2>/dev/null || true
}
undo_with end_other
read -r -t 20 _ <&"$ready"
there=$(number "$other" 5)
ok "in a namespace of its own the mount has another number" \
	test "$there" != "$(number $$ 7)"
is "$(openers $$ "$other" | sort)" "$(printf '%s\n' "[$$,7,\"O_RDONLY\"]" \
	"[$other,5,\"O_RDWR\"]" | sort)" "its process is found"
echo end >&"$end"
wait "$other" || true
exec 6<&- 7<&-
umount_pinfs

# shellcheck disable=SC2016
out=$(timeout 60 pinctl exec "$src" -- bash -c 'echo $$; exec 5>>t
	pinctl gate . suspects path=/t | jq -c ".openers[] | select(.pid == $$) |
		[.pid, .fd, .flags]"')
pid=${out%%$'\n'*}
is "${out#*$'\n'}" "[$pid,5,\"O_WRONLY|O_APPEND\"]" "so is one in pinctl exec"
