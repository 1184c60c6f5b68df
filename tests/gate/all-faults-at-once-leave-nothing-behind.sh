#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with every kind of fault at any operation, by chance, under a load of
#           three, the mount goes on; when the gates are cleared nothing waits,
#           the kernel knows no file that it has dropped, nothing was seen to be
#           unstable, and the mount ends well.
# Refuted by: a daemon that dies, a request that is never answered, an inode that
#             is left, an "unstable" event.
# Proof of coverage: thousands of injections, of every action, by the mount's own
#                    counts.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_fusectl
require_prog jq
plan 6
mount_pinfs

# Word of inject, in how many of a hundred, seed.
arm() {
	gate inject op=any "$1" probability="$2%" seed="$3" "${@:4}" >&2
}
arm error=EIO 10 1
arm error=EINTR 10 2 at=reply
arm delay=20ms 10 3
arm reorder=3 20 4 at=reply within=30ms
arm twice 30 5 at=reply
arm short=0 10 6
arm short=5000 20 7
arm nokeep 30 10
arm flip=7 20 8
arm flip=9 50 9 at=reply

# load DIRECTORY - calls of many kinds; most meet a fault, so none need end well.
load() {
	local op round
	set +e
	trap - ERR
	close_inherited
	for round in 1 2 3 4 5; do
		mkdir "$1"
		one-call prepare "$1"
		for op in read write copy_file_range lookup create tmpfile link \
			rename fallocate readdirplus symlink setxattr fsync lseek; do
			one-call "$op" "$1"
		done
		dd if=/dev/zero of="$1/$round" bs=64k count=4 conv=fsync
		dd if="$1/$round" of=/dev/null bs=16k iflag=direct
		rm -rf "$1"
	done
}

for i in 1 2 3; do
	load "$mnt/d$i" >/dev/null 2>&1 &
	pids[i]=$!
done
wait "${pids[@]}" || true
ok "thousands of faults were injected" test "$(counter injections)" -gt 1000
is "$(gate list | jq '[.gates[] | select(.hits == 0)] | length')" 0 \
	"each of the gates has done something"
gate clear >&2

idle() {
	[ "$(control status | jq -c '[.waiting, .queued, .held]')" = '[0,0,0]' ]
}
ok "afterwards nothing waits" wait_for idle

rm -rf "$mnt"/d*
# It says EIO when a WRITE of writeback has met an error.
sync -f "$mnt" 2>&1 | grep . >&2 || true
forgotten() {
	echo 2 >/proc/sys/vm/drop_caches
	[ "$(control status | jq .inodes)" = 1 ]
}
ok "no file is left that the kernel has dropped" wait_for forgotten
is "$(counter unstable_blocks)" 0 "nothing was seen to be unstable"
ok "unmounted" umount_pinfs
