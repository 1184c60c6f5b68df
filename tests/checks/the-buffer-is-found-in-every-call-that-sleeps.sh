#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a byte of the buffer that another process changes while the write is
#           held is found for write, pwrite, writev, pwritev, pwritev2 and
#           appending writes, also in vectors and in calls that become several
#           WRITEs; a write by AIO is not looked at, also when its thread sleeps
#           in a call of another file.
# Refuted by: no event, one for another byte, or one of AIO's.
# Proof of coverage: the byte is changed while the WRITEs are held; the WRITEs
#                    looked at and those that could not be are counted.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 18

mount_pinfs -o peek=on
cd "$mnt"
undo_with cd /

# held_write CALL LEN AT WRITES FILE... - write, with that many WRITEs to the
# files held when the byte is changed.
held_write() {
	local call=$1 len=$2 at=$3 writes=$4 hold looker
	head -c 8388608 /dev/zero >t
	head -c 8388608 /dev/zero >other
	flush t other
	hold=$(gate hold op=write at=reply | jq .id)
	coproc direct-writer t "$call" "$len" "$at"
	looker=$COPROC_PID
	gate wait id="$hold" held="$writes" timeout=10s >&2
	echo change >&"${COPROC[1]}"
	read -r -t 10 answer <&"${COPROC[0]}"
	[ "$answer" = changed ] || return
	gate clear id="$hold" >&2
	wait "$looker"
}

flush() {
	sync -d "$@"
}

# found - [block, first byte, length] of the last event, and how many.
found() {
	event_lines '.event == "source"' | tail -n 1 |
		jq -c '[.block, .changed[0]]'
}

seen=0
# The buffer's byte 12388 is the file's 20580: block 5, byte 100; an appended
# one, after 2048 blocks, is in block 2051.
while read -r call len at writes block; do
	looked=$(counter peeks)
	held_write "$call" "$len" "$at" "$writes"
	seen=$((seen + 1))
	is "$(found) $(counter source_blocks)" "[$block,[100,1]] $seen" \
		"$call of $len bytes: the byte is found"
	is "$(counter peeks) $(counter peeks_void)" \
		"$((looked + writes)) 0" "$call: in $writes WRITEs"
done <<'END'
write 65536 12388 1 5
pwrite 65536 12388 1 5
writev 65536 12388 1 5
pwritev 65536 12388 1 5
pwritev2 65536 12388 1 5
append 65536 12388 1 2051
pwrite 3145728 2097252 4 514
END

# They are about what the buffer is of, so here nothing must be said.
for call in aio aio-then-pwrite; do
	looked=$(counter peeks_void)
	[ "$call" = aio ] && writes=1 || writes=2
	held_write "$call" 65536 12388 "$writes"
	is "$(counter source_blocks)" "$seen" "$call: nothing is said"
	is "$(counter peeks_void)" "$((looked + 1))" \
		"$call: it could not be looked at"
done
cd /
umount_pinfs
