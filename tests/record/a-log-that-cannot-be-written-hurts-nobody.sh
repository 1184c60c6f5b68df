#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a log whose disk gets full, or that may not grow, ends with a whole
#           record; an event and the status say so, once, and what comes later is
#           counted; no request fails, and no byte of a file is another one. A
#           killed daemon leaves a log that can be read.
# Refuted by: a call that fails, a file that differs, a log that cannot be read, a
#             second event, a mark that is taken all the same.
# Proof of coverage: records are there and are lost; the log's size is at its limit.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq prlimit
plan 28

small=$tmp/small
mkdir "$small"
mount -t tmpfs -o size=1m none "$small"
undo_with umount -l "$small"

# put - a file and its model, 3 MiB by pieces of 48 KiB, and syncs. More than the
# log has room for, and the file itself has.
put() {
	local i
	for i in {0..63}; do
		head -c 48k /dev/urandom >"$tmp/piece"
		dd if="$tmp/piece" of="$mnt/t" bs=48k seek=$((i % 8)) status=none \
			conv=notrunc,fsync || return
		dd if="$tmp/piece" of="$tmp/model" bs=48k seek=$((i % 8)) \
			status=none conv=notrunc || return
	done
}

# state KEY
state() {
	control status | jq -r ".record.$1"
}

# check NAME REASON LOG - of a log that has stopped.
check() {
	local records
	is "$(state stopped)" "$2" "$1: the status says so"
	ok "$1: what is missing is counted" test "$(state lost)" -gt 0
	records=$(state records)
	ok "$1: something was recorded" test "$records" -gt 5
	is "$(stat -c %s "$3")" "$(state bytes)" \
		"$1: the log ends with a whole record"
	is "$(log-image "$3" | wc -l)" "$records" "$1: it can be read"
	is "$(event_lines '.event == "unrecorded"' |
		jq -r '[.reason, .file, .records] | join(" ")')" \
		"$2 $3 $records" "$1: and so does one event"
	like "$(control record mark=late)" "\"error\":\"$2\"" \
		"$1: a mark is refused"
	ok "$1: it is ended" gate record off
	is "$(control status | jq .record)" null "$1: and is no more"
}

mount_pinfs
ok "begun" gate record "file=$small/log" 'path=/t'
ok "the disk gets full, and no call fails" put
check "ENOSPC" ENOSPC "$small/log"
ok "the file is as it was written" cmp "$mnt/t" "$tmp/model"
ok "another one can begin" gate record "file=$tmp/log" 'path=/t'
dd if=/dev/zero of="$mnt/t" bs=4k count=9 oflag=direct conv=notrunc status=none
is "$(state stopped)" null "and goes on"

kill_pinfs
wait_for eval "! is_mounted '$mnt'"
ok "the log of a killed daemon can be read" eval \
	"log-image '$tmp/log' | grep '^write ' >/dev/null"

rm "$tmp/log" "$tmp/model"
mount_pinfs @limited -o cache=none
prlimit --pid "$daemon_pid" --fsize=600000
ok "begun" gate record "file=$tmp/log" 'path=/t'
ok "it may not grow further, and no call fails" put
check "EFBIG" EFBIG "$tmp/log"
ok "the file is as it was written" cmp "$mnt/t" "$tmp/model"
ok "unmounted" umount_pinfs @limited
