#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the bytes that an event is about are kept in files of mode 0600 in a
#           directory of mode 0700, where evidence= says, at most 256 of them,
#           those of earlier mounts included; then, and with evidence=off, the
#           event says null.
# Refuted by: more files, a path in an event without its file, other modes.
# Proof of coverage: 300 blocks differ, more than there is room for.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 11

# differ COUNT - so many blocks that are not as declared.
differ() {
	client_start
	step anon mem=m len=4M
	step open fd=d path=t excl direct
	step store mem=m len="$(($1 * 4))k" gen=1
	step declare fd=d len="$(($1 * 4))k" from=m
	step store mem=m len="$(($1 * 4))k" gen=2
	step pwrite fd=d len="$(($1 * 4))k" from=m
	step unlink path=t
	client_end
}

files() {
	find "$1" -type f | sort
}

paths() {
	event_lines '.event == "declared" and .evidence' | jq -r .evidence | sort
}

mount_pinfs
dir=$src/.pinfs/evidence
not_ok "there is no directory before there is evidence" test -e "$dir"
differ 300
is "$(event_count '.event == "declared"')" 300 "300 blocks differ"
is "$(paths | wc -l)" 256 "256 have evidence"
is "$(files "$dir")" "$(paths)" "which is there"
is "$(stat -c %a "$dir") $(find "$dir" -type f -printf '%m %s\n' | sort -u)" \
	'700 600 4096' "for nobody else"
umount_pinfs

mount_pinfs
differ 10
is "$(event_count '.event == "declared" and .evidence == null')" 54 \
	"the next mount finds no room"
umount_pinfs

mount_pinfs -o evidence=off
differ 10
is "$(event_count '.event == "declared" and .evidence == null')" 64 \
	"none is kept when switched off"
umount_pinfs

mkdir "$tmp/away"
mount_pinfs -o evidence="$tmp/away/here"
differ 10
is "$(files "$tmp/away/here" | wc -l)" 10 "it is kept elsewhere"
is "$(paths | grep -c "^$tmp/away/here/")" 10 "as the events say"
umount_pinfs

# A place within the mount is never entered: the daemon would wait for itself.
mount_pinfs -o evidence="$mnt/inside"
differ 10
is "$(files "$mnt" | grep -c inside)" 0 "no evidence gets into the mount"
is "$(counter declared_differing)" 10 "whose writes go on"
umount_pinfs
