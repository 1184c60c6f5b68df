#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: fio, as it comes, with its I/O buffers in a shared mapping of a file
#           on btrfs (--iomem=mmapshared:) and O_DIRECT random reads, makes btrfs
#           write blocks that are not those of its checksums: in snapshots taken
#           meanwhile the file cannot be read, "btrfs scrub" and the device's
#           statistics count corrupt blocks, and the kernel's log names inode
#           and offset. The mount that has btrfs' image has kept each byte as it
#           came. With fio's stores into the mapping instead, which wait for
#           writeback, there is none of it.
# Refuted by: no corrupt block with the buffers in the mapping, one without; a
#             finding of the mount's.
# Proof of coverage: snapshots were made all the time, in both cases, and their
#                    files differ; a second process starts writeback every 5 ms;
#                    scrub looked at as many bytes as they have.
#
# A snapshot writes out all that is dirty, and then its blocks are its own: what
# is written later, with the right checksum, goes elsewhere.
if [ "${PINFS_TEST_NAMESPACE:-}" != own ] && unshare -m true 2>/dev/null; then
	exec unshare -m env PINFS_TEST_NAMESPACE=own bash "$0"
fi
# Much work, which a busy machine takes its time for.
PINFS_TEST_LIMIT=${PINFS_TEST_LIMIT:-600}
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/real.sh"
require_root
require_fuse
require_loop
require_prog fio jq btrfs mkfs.btrfs dmesg
require_filesystem btrfs
require_space "$tmp" 900
forget_other_mounts
seconds=$(full 30 3)
plan 17
seed=$RANDOM
diag "seed $seed"
direct_directory "$tmp/other"
source_blocks "$tmp/other/source" 8192 "$seed" >"$tmp/source"
fs=$tmp/btrfs fio='' loop=''
mkdir "$fs"

# btrfs_start @NAME - on a new mount, with a file to be mapped.
btrfs_start() {
	mount_pinfs "$1"
	truncate -s 1G "$mnt/image"
	mkfs.btrfs -q -m single -d single "$mnt/image" >/dev/null
	device=$(losetup --find --show --direct-io=on "$mnt/image")
	# With it mounted, the device goes with the mount.
	mount "$device" "$fs"
	losetup -d "$device"
	btrfs -q subvolume create "$fs/now"
	head -c 1M /dev/zero >"$fs/now/buffer"
}

# btrfs_end - and of what uses it, as far as it is there.
btrfs_end() {
	local pid
	for pid in $loop $fio; do
		kill -TERM "$pid" && wait_for process_gone "$pid"
	done
	if is_mounted "$fs"; then
		umount "$fs"
	fi
}
undo_with btrfs_end

# fio_runs OPTION... - with writeback and snapshots going on.
fio_runs() {
	local status=0
	sync-range-loop 5000 "$fs/now/buffer" >"$tmp/count" &
	loop=$!
	timeout $((seconds + 60)) fio --name=client --time_based \
		--runtime="$seconds" --randseed="$seed" "$@" >"$tmp/fio.out" 2>&1 &
	fio=$!
	snapshots=0
	until process_gone "$fio"; do
		btrfs -q subvolume snapshot -r "$fs/now" "$fs/then$snapshots" ||
			status=$?
		snapshots=$((snapshots + 1))
	done
	wait "$fio" || status=$?
	kill -TERM "$loop"
	wait "$loop" || status=$?
	fio='' loop=''
	grep -E 'read:|write:|err=' "$tmp/fio.out" | sed 's/^ */# /' >&2
	diag "sync_file_range: $(<"$tmp/count") times; $snapshots snapshots"
	return "$status"
}

# read_all - the snapshots' files; those that cannot be read are listed in
# $tmp/bad, the contents of the others in $tmp/contents.
read_all() {
	local file
	: >"$tmp/bad"
	: >"$tmp/contents"
	for file in "$fs"/then*/buffer; do
		if ! sha256sum <"$file" >>"$tmp/contents" 2>"$tmp/error"; then
			echo "$file" >>"$tmp/bad"
			grep -q 'Input/output error' "$tmp/error" || return
		fi
	done
	diag "$(wc -l <"$tmp/bad") of $snapshots snapshots cannot be read"
}

# scrubbed NAME - a number of the scrub's.
scrubbed() {
	sed -n "s/^[[:space:]]*$1: //p" "$tmp/scrub"
}

# scrub_all - into $tmp/scrub; 3: there were blocks that it cannot mend.
scrub_all() {
	btrfs scrub start -B -R "$fs" >"$tmp/scrub" 2>&1 || [ $? -eq 3 ] || return
	diag "scrub: $(scrubbed data_bytes_scrubbed) bytes," \
		"$(scrubbed csum_errors) csum errors"
	[ "$(scrubbed data_bytes_scrubbed)" -ge $((snapshots * 4096)) ]
}

# corruptions - what the device's statistics say.
corruptions() {
	btrfs device stats "$fs" | sed -n 's/^.*\.corruption_errs *//p'
}

# complaints - the kernel's, about this btrfs.
complaints() {
	dmesg | sed "1,/pinfs test: ${tmp##*/}/d" |
		grep -F "(device ${device#/dev/}" | grep 'csum failed'
}

# complains - it does, at the latest when a file is read again after a while: the
# number of such lines is limited, for all filesystems together.
complains() {
	cat "$(head -n 1 "$tmp/bad")" >/dev/null 2>&1 || true
	[ -n "$(complaints)" ]
}

# read_says - in README.md's word: do the blocks have their checksums?
read_says() {
	if [ -s "$tmp/bad" ]; then
		echo 'csum failed'
	else
		echo none
	fi
}

echo "pinfs test: ${tmp##*/}" >/dev/kmsg
btrfs_start @pinned
ok "fio, its buffers in the mapping" fio_runs --readonly --rw=randread \
	--filename="$tmp/other/source" --bsrange=4k-64k --direct=1 \
	--ioengine=libaio --iodepth=8 --iomem=mmapshared:"$fs/now/buffer"
ok "snapshots were made: $snapshots" test "$snapshots" -ge 5
ok "their files are read" read_all
as_in_readme 'fio, its buffers in a shared mapping on btrfs' "$(read_says)"
ok "scrub reads all" scrub_all
ok "and finds blocks that do not match" test "$(scrubbed csum_errors)" -gt 0
ok "so says the device" test "$(corruptions)" -gt 0
wait_for -t 30 complains || true
like "$(complaints)" "csum failed root [0-9]+ ino $(stat -c %i "$fs/now/buffer") off [0-9]+ .*expected csum" \
	"and the kernel, which block of which file"
btrfs_end
is "$(event_lines '.event != "mount"')" '' "the mount has seen nothing"
ok "nor is there anything in SOURCE that it did not get" pinctl scrub "$mnt"
umount_pinfs @pinned

btrfs_start @stored
ok "fio, its stores in the mapping" fio_runs --rw=randwrite --bs=4k \
	--ioengine=mmap --filename="$fs/now/buffer" --size=1M --norandommap
ok "snapshots were made: $snapshots" test "$snapshots" -ge 5
ok "their files are read" read_all
as_in_readme 'fio, its stores in a shared mapping on btrfs' "$(read_says)"
ok "they differ" test "$(sort -u "$tmp/contents" | wc -l)" -ge 5
ok "scrub reads all" scrub_all
is "$(scrubbed csum_errors) $(corruptions)" '0 0' "and finds nothing"
btrfs_end
umount_pinfs @stored
