#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: scrub compares each regular file once, whatever its names and however
#           often it is asked for; it follows no symbolic link, enters neither
#           the state directory nor what is mounted below, opens no FIFO; paths
#           restrict it to what lies below the root.
# Refuted by: other numbers of files and blocks; a status that is not as said.
# Proof of coverage: without the restriction the numbers are other ones.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_prog jq
plan 17
mkdir -p "$tmp/outside"
fill "$tmp/outside/x" 50
mount_pinfs
mkdir -p "$mnt/d/e"
fill "$mnt/a" 10
ln "$mnt/a" "$mnt/d/a"
fill "$mnt/d/e/c" 3
fill "$mnt/name
with a newline" 1
ln -s "$tmp/outside/x" "$mnt/link"
ln -s "$tmp/outside" "$mnt/d/away"
ln -s d/e "$mnt/to-e"
mkfifo "$mnt/fifo"

for place in mnt src; do
	[ "$place" = mnt ] || umount_pinfs
	root=${!place}
	scrub "$root"
	is "$status $(sums files blocks verified errors)" '0 3 14 14 0' \
		"$place: all of it"
	scrub "$root" d
	is "$(sums files blocks)" '2 13' "$place: a directory"
	scrub "$root" /d/e/c a d/e d/a ./d
	is "$(sums files blocks)" '2 13' "$place: paths that overlap"
	exits 2 "$place: not by way of a symbolic link" \
		pinctl scrub "$root" to-e/c
	exits 2 "$place: not beyond the root" pinctl scrub "$root" d/../../x
	exits 2 "$place: nothing that is not there" pinctl scrub "$root" none
done

if [ "$(id -u)" -eq 0 ]; then
	mkdir "$src/sub"
	mount -t tmpfs none "$src/sub"
	undo_with umount "$src/sub"
	fill "$src/sub/y" 9
	scrub "$src"
	is "$(sums files blocks)" '3 14' "nothing that is mounted below"
	exits 2 "also by its name" pinctl scrub "$src" sub/y
else
	skip 2 "needs root"
fi
exits 2 "no root: usage" pinctl scrub --json
exits 2 "a root that is not there: usage" pinctl scrub "$tmp/none"
if [ "$(id -u)" -eq 0 ]; then
	require_prog setpriv
	chmod 755 "$tmp" "$tmp/main" "$src"
	chmod 700 "$src/.pinfs"
	exits 3 "a state directory that cannot be used" \
		setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$(command -v pinctl)" scrub "$src"
else
	skip 1 "needs root"
fi
