#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with nosubtype the type of the mount is "fuse", as xfstests wants it,
#           else "fuse.pinfs"; in both cases its source is SOURCE, byte for byte
#           as it was given.
# Refuted by: another type or source in /proc/self/mountinfo.
# Proof of coverage: the kernel's own list; a name with a blank and a comma.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq findmnt
plan 6
mkdir -p "$tmp/a b,c/./d" "$tmp/mnt"
cd "$tmp"

# mounted OPTIONS SOURCE - mount that, as it is given; $type and $source.
mounted() {
	timeout 60 pinfs "$2" mnt -o "$1"
	adopt_pinfs @main "$2" "$tmp/mnt" \
		"$(pinctl gate "$tmp/mnt" status | jq .pid)"
	type=$(findmnt -n -o FSTYPE "$tmp/mnt")
	source=$(findmnt -n -o SOURCE "$tmp/mnt")
	umount mnt || fusermount3 -u mnt
	wait_for process_gone "$daemon_pid"
	watchdog_stop main
}

mounted nosubtype 'a b,c/./d'
is "$type" fuse "nosubtype: the type is fuse"
is "$source" 'a b,c/./d' "the source is SOURCE as given"
# Options that libfuse takes, too: one that it also wants in its own words.
mounted nosubtype,noatime,max_read=65536 "$tmp/a b,c"
is "$type" fuse "the same beside other options"
is "$source" "$tmp/a b,c" "and another way to say SOURCE"
mounted noatime 'a b,c'
is "$type" fuse.pinfs "without it, fuse.pinfs"
is "$source" 'a b,c' "the source is SOURCE as given"
cd /
