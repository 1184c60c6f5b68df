#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: while the checksums of a file cannot be opened, nothing changes its
#           bytes, and reading goes on; afterwards all is as it was. Files that
#           are only touched keep no descriptors of checksums.
# Refuted by: a change that succeeds; a mismatch afterwards; a daemon with more
#             descriptors after chmod(2), rename(2), truncate(2) of many files.
# Proof of coverage: each kind of change is tried and fails; the touched files
#                    have checksums, and each was looked at.
. "$srcdir/tests/lib/store.sh"
require_fuse
require_prog jq perl
plan 15

descriptors() {
	find "/proc/$daemon_pid/fd" -lname '*/.pinfs/csum/*/*' | wc -l
}

mount_pinfs -o cache=none
put file 0 9000
umount_pinfs
sums=$(checksum_files)
mv "$sums" "$sums.away"
mkdir "$sums"
mount_pinfs -o cache=none
not_ok "no write" dd if=/dev/zero of="$mnt/file" bs=100 count=1 conv=notrunc
not_ok "no truncating" truncate -s 100 "$mnt/file"
not_ok "no hole" fallocate -p -o 0 -l 4096 "$mnt/file"
not_ok "no copy onto it" cp "$want/file" "$mnt/file"
ok "it can be read" cmp "$mnt/file" "$want/file"
rmdir "$sums"
mv "$sums.away" "$sums"
ok "now a write" put file 5000 100
ok "that is right" protected file 0 1 2

mkdir "$mnt/many"
for i in {1..60}; do
	echo "$i" >"$mnt/many/$i"
done
ok "many files with checksums" remount -o cache=none
ok "there are" test "$(checksum_files | wc -l)" -eq 61
ok "touched" chmod 600 "$mnt"/many/*
for i in {1..30}; do
	mv "$mnt/many/$i" "$mnt/many/x$i"
done
is "$(descriptors)" 0 "the daemon has no descriptor of theirs"
# Without opening them, which truncate(1) does.
ok "truncated" perl -e 'truncate $_, 1 or die for @ARGV' "$mnt"/many/*
is "$(descriptors)" 0 "nor afterwards"
ok "unmounted and mounted" remount -o cache=none
is "$(cat "$mnt"/many/* | wc -c; event_count '.event == "adopted"')" \
	$'60\n0' "all are there, none was taken for changed"
