#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what is known of a finding is kept in a file of mode 0600 in a
#           directory of mode 0700, where evidence= says: not more of them about one
#           file than evidence_files=, not more bytes than evidence_limit=, those of
#           earlier mounts included, and none where the disk has too little room;
#           what is not kept is counted, and the event says null, as with
#           evidence=off. Who removes some makes room for the next mount.
# Refuted by: more files, a path in an event without its file, other modes, a
#             number that is not that of the events without.
# Proof of coverage: more blocks differ than there is room for, by each limit.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 22

# differ FILE COUNT - so many blocks that are not as declared.
differ() {
	: >>"$mnt/$1"
	client_start
	step anon mem=m len=4M
	step open fd=d path="$1" direct
	step store mem=m len="$(($2 * 4))k" gen=1
	step declare fd=d len="$(($2 * 4))k" from=m
	step store mem=m len="$(($2 * 4))k" gen=2
	step pwrite fd=d len="$(($2 * 4))k" from=m
	client_end
	events_settle
}

files() {
	find "$1" -type f | sort
}

paths() {
	event_lines '.event == "declared" and .evidence' | jq -r .evidence | sort
}

# without - how many events have no evidence.
without() {
	event_count '.event == "declared" and .evidence == null'
}

mount_pinfs
dir=$src/.pinfs/evidence
not_ok "there is no directory before there is evidence" test -e "$dir"
differ t 100
is "$(event_count '.event == "declared"')" 100 "100 blocks of a file differ"
is "$(paths | wc -l)" 64 "64 have evidence"
is "$(files "$dir")" "$(paths)" "which is there"
is "$(counter evidence_dropped)" 36 "and 36 are counted that have none"
is "$(stat -c %a "$dir") $(find "$dir" -type f -printf '%m\n' | sort -u)" \
	'700 600' "for nobody else"
is "$(find "$dir" -type f -exec jq -c '[.pinfs_evidence, .event, .path, .length,
	(.arrival.bytes | length), .cause]' {} + | sort -u)" \
	'[1,"declared","/t",4096,5464,"unknown"]' "each is a whole object"
differ u 3
is "$(paths | wc -l)" 67 "another file has evidence of its own"
umount_pinfs

mount_pinfs
differ t 10
is "$(counter evidence_dropped)" 10 "those of earlier mounts count"
umount_pinfs
files "$dir" | sed -n 1,5p | xargs rm
mount_pinfs
differ t 10
is "$(counter evidence_dropped)" 5 "those that were removed do not"
umount_pinfs

rm -r "$dir"
mount_pinfs -o evidence_limit=100k,evidence_files=1000
differ t 50
taken=$(du -s --apparent-size -B1 "$dir" | cut -f1)
kept=$(files "$dir" | wc -l)
diag "$kept files, $taken bytes"
ok "$kept have evidence" test "$kept" -ge 5
ok "it takes not more than it may" \
	test "$(find "$dir" -type f -printf '%b\n' | awk '{ n += $1 } END { print n * 512 }')" \
	-le 102400
is "$(counter evidence_dropped)" $((50 - kept)) "the others have none"
umount_pinfs

before=$(without)
mount_pinfs -o evidence_files=0
differ t 10
is "$(counter evidence_dropped)" 10 "no file at all may be kept"
umount_pinfs

mount_pinfs -o evidence=off
differ t 10
is "$(($(without) - before))" 20 "none is kept when switched off"
is "$(counter evidence_dropped)" 0 "and none is missed"
umount_pinfs

mkdir "$tmp/away"
mount_pinfs -o evidence="$tmp/away/here"
differ t 10
is "$(paths | grep -c "^$tmp/away/here/")" 10 "it is kept elsewhere"
is "$(files "$tmp/away/here" | wc -l)" 10 "as the events say"
umount_pinfs

# A place within the mount is never entered: the daemon would wait for itself.
mount_pinfs -o evidence="$mnt/inside"
differ t 10
is "$(files "$mnt" | grep -c inside)" 0 "no evidence gets into the mount"
is "$(counter declared_differing)" 10 "whose writes go on"
umount_pinfs

mkdir "$tmp/small"
mount -t tmpfs -o size=64m none "$tmp/small"
undo_with umount -l "$tmp/small"
mount_pinfs -o evidence="$tmp/small/here"
differ t 10
is "$(files "$tmp/small" | wc -l)" 0 "64 MiB of the disk stay free"
is "$(counter evidence_dropped)" 10 "and that is counted"
umount_pinfs
