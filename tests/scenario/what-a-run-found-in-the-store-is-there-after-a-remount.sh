#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with --keep the files of "pinctl run --on" stay in the directory, and
#           when its filesystem has been unmounted and mounted again they have the
#           bytes that each run said were in the store: what was read with O_DIRECT
#           after the cache was dropped was the disk.
# Refuted by: a file that is not there, or a block of it with other bytes.
# Proof of coverage: there is a file for every scenario that ran; a changed one is
#                    found.
. "$srcdir/tests/lib/ondir.sh"
require_root
require_fuse
require_loop
require_prog jq
kinds=(ext4 xfs btrfs)
plan $((${#kinds[@]} * 4))
export TMPDIR=$tmp

can_be_made() {
	command -v "mkfs.$1" >/dev/null && {
		grep -qw "$1" /proc/filesystems || modprobe -q "$1"
	}
}

# others KIND - files whose first block is not as its run has said.
others() {
	local file wanted got
	results "$1" 'select(.store) | .files[0] + " " + .store' |
		while read -r file wanted; do
			got=$(block-digests "$file" | awk '$1 == 0 { print $2 }')
			[ "$got" = "$wanted" ] ||
				echo "${file##*/}: $got, not $wanted"
		done
}

check_kind() {
	local kind=$1 file
	make_image "$kind" "$kind"
	mount_image "$kind"
	ok "$kind: all is as known" run_table "$kind" "$tmp/$kind" --keep
	umount "$tmp/$kind"
	mount_image "$kind"
	is "$(find "$tmp/$kind" -name 'pinctl-*.t' | wc -l)" \
		"$(results "$kind" 'select(.verdicts.SKIP == null) | .files[0]' |
			grep -c "^$tmp/$kind/")" "$kind: each run's file stays"
	is "$(others "$kind")" '' "$kind: they have what was in the store"
	file=$(results "$kind" 'select(.store) | .files[0]' | sed -n 1p)
	printf x | dd of="$file" bs=1 seek=100 conv=notrunc status=none
	like "$(others "$kind")" "^${file##*/}: " "$kind: a changed one is found"
	umount "$tmp/$kind"
}

for kind in "${kinds[@]}"; do
	if can_be_made "$kind"; then
		check_kind "$kind"
	else
		skip 4 "no mkfs.$kind, or no $kind in this kernel"
	fi
done
