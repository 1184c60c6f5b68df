#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a file keeps its checksums under every name that it gets, loses them
#           with its last, and a file that takes its name has its own.
# Refuted by: a file of checksums left over or gone too early; a flipped bit that
#             is not found after rename(2) or link(2); another file accused.
# Proof of coverage: the number of files of checksums after each step.
. "$srcdir/tests/lib/store.sh"
require_fuse
require_prog jq
plan 14

mount_pinfs -o cache=none
put a 0 9000
put b 0 5000
is "$(checksum_files | wc -l)" 2 "two files have checksums"
both ln @/a @/c
both mv @/a @/d
both mv @/d @/b
ok "one replaced by the other, with two names" remount -o cache=none
is "$(checksum_files | wc -l)" 1 "one has checksums"
ok "it is protected under one name" protected b 0 1 2
ok "and under the other" protected c 0 1 2
both rm @/b
ok "one name removed" remount -o cache=none
ok "it is protected" protected c 0 1 2
both rm @/c
ok "the last name removed" remount -o cache=none
is "$(checksum_files | wc -l)" 0 "no file has checksums"

# Numbers of inodes are used again.
put e 0 4096
both rm @/e
put f 0 8192
exec 3<>"$mnt/f"
both rm @/f
ok "a file without a name can be read" cat <&3
is "$(checksum_files | wc -l)" 1 "and has checksums"
exec 3>&-
ok "closed" remount -o cache=none
is "$(checksum_files | wc -l)" 0 "they are gone"
ok "unmounted" umount_pinfs
