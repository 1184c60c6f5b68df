#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a thread that has sent a WRITE by AIO and sleeps in a pwrite(2) of the
#           same range of a file with the same inode number, on another mount, is
#           not looked at for the former.
# Refuted by: a "source" event.
# Proof of coverage: both WRITEs are held, and their files have one number; the
#                    look is counted as void. The other mount's is looked at.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 5

mount_pinfs -o peek=on
first=$mnt
mkdir "$tmp/second" "$tmp/state"
pinfs "$src" "$tmp/second" -f --ready-fd=9 -o peek=on,state="$tmp/state" \
	9>"$tmp/ready" &
second=$!
is_ready() {
	grep -q READY "$tmp/ready"
}
wait_for is_ready
adopt_pinfs @second "$src" "$tmp/second" "$second"

# Larger than what is written: the kernel sends no AIO that extends a file.
head -c 262144 /dev/zero >"$first/t"
sync -d "$first/t"
ln -s "$tmp/second/t" "$first/other"
is "$(stat -c %i "$first/t")" "$(stat -c %i "$tmp/second/t")" \
	"both mounts have one number for the file"
one=$(pinctl gate -q "$first" hold op=write at=reply)
two=$(pinctl gate -q "$tmp/second" hold op=write at=reply)
cd "$first"
undo_with cd /
coproc direct-writer t aio-then-pwrite 65536 5000
writer=$COPROC_PID
for dir in "$first $one" "$tmp/second $two"; do
	read -r dir id <<<"$dir"
	pinctl gate "$dir" wait id="$id" held=1 timeout=10s >&2
done
echo change >&"${COPROC[1]}"
read -r -t 10 answer <&"${COPROC[0]}"
is "$answer" changed "AIO's buffer is changed while both are held"
# AIO's first: its thread still sleeps in the other.
pinctl gate "$first" clear id="$one" >&2
use_mount main
is "$(counter peeks) $(counter peeks_void) $(counter source_blocks)" '0 1 0' \
	"AIO's WRITE is not compared with the other's buffer"
pinctl gate "$tmp/second" clear id="$two" >&2
wait "$writer"
use_mount second
is "$(counter peeks) $(counter peeks_void) $(counter source_blocks)" '1 0 0' \
	"the other's is"
is "$(grep -h '"event":"source"' "$src/.pinfs/events.jsonl" \
	"$tmp/state/events.jsonl")" '' "no event says anything"
cd /
umount_pinfs @second
umount_pinfs
