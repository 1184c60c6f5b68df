#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: each single bit that changes beneath SOURCE, such that no time stamp
#           tells, is found by scrub, which says nothing else, mounted or not; a
#           read of its block fails with EIO, its neighbours can be read, and the
#           media event names path, block and both checksums. So it is with a bit
#           that changes while SOURCE is mounted, in a file that the mount has
#           looked at.
# Refuted by: a flip that is not found, a block that is accused without one, an
#             event that is missing, wrong or too much.
# Proof of coverage: the flips are made on the disk image, at places that the
#                    filesystem told, while it is not mounted; the bytes differ
#                    afterwards, size and times do not. Before the flips scrub
#                    verifies all blocks; after they are undone it does again.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/crash.sh"
require_fuse
require_loop
require_filesystem ext4
require_prog mkfs.ext4
megabytes=$(full 1024 64)
require_space "$tmp" $((megabytes * 3))
plan 23
seed=${PINFS_TEST_SEED:-$RANDOM}
diag "seed $seed"
files=16
blocks=$((megabytes * 256 / files))

truncate -s $((megabytes * 5 / 4 + 64))M "$tmp/image"
mkfs.ext4 -q "$tmp/image"
image_mount "$tmp/image" "$tmp/main/src"
mount_pinfs
mkdir "$mnt/dir"
for ((i = 0; i < files; i++)); do
	seeded-file "$mnt/dir/f$i" "$blocks" "$((seed + i))"
done
# One with a last block that is not whole.
head -c 10000 "$mnt/dir/f0" >"$mnt/dir/short"
ok "unmounted" umount_pinfs
ok "scrub finds nothing at first" finds_nothing "$src"
is "$(scrub_number verified) of $(scrub_number blocks)" \
	"$((megabytes * 256 + 3)) of $((megabytes * 256 + 3))" \
	"and verifies all blocks"

# ---------------------------------------------------------------- 100 flips
# Not in the first and last blocks of a file, so that all have neighbours, and
# no two next to each other.
for ((i = 0; i < files; i++)); do
	seq 1 3 $((blocks - 2)) | sed "s/^/f$i /"
done | awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' |
	sort | sed -n 1,99p | cut -f 2 >"$tmp/flips"
echo 'short 2' >>"$tmp/flips"
sort -o "$tmp/flips" "$tmp/flips"
while read -r name block; do
	flip-bit -w "$src/dir/$name" "$block" "$seed"
done <"$tmp/flips" >"$tmp/bits"
is "$(sort -u "$tmp/bits" | wc -l)" 100 "100 bits have their place on the disk"

# times - what could tell that a file was changed.
times() {
	stat -c '%n %s %Y %Z %i' "$src"/dir/*
}

# flip_on_disk - the bits of $tmp/bits, with nothing mounted.
flip_on_disk() {
	image_unmount "$src" && flip-bit -i "$tmp/image" <"$tmp/bits" &&
		image_mount "$tmp/image" "$src"
}

# sums - one line a file.
sums() {
	(cd "$src/dir" && sha256sum -- *)
}

before=$(times)
sums >"$tmp/sums"
ok "the bits are flipped" flip_on_disk
is "$(times)" "$before" "size, times and inodes are as before"
changed=$(sums | diff "$tmp/sums" - | grep -c '^>' || true)
is "$changed" "$(cut -d' ' -f1 "$tmp/flips" | sort -u | wc -l)" \
	"the files with flips have other bytes"

wanted=$(sed 's,^,/dir/,' "$tmp/flips")
ok "offline, scrub finds 100 of 100 and nothing else" \
	finds_only "$wanted" "$src"
ok "each with a stored checksum and another found" jq -e '[.mismatches[] |
	select((.stored | test("^[0-9a-f]{16}$")) and
		(.found | test("^[0-9a-f]{16}$")) and .stored != .found)] |
	length == 100' <<<"$scrubbed"
jq -cS '.mismatches | map([.path, .block, .stored, .found]) | sort' \
	<<<"$scrubbed" >"$tmp/mismatches"

mount_pinfs -o event_limit=1000000
ok "on a mount, scrub finds 100 of 100 and nothing else" \
	finds_only "$wanted" "$mnt"
is "$(jq -cS '.mismatches | map([.path, .block, .stored, .found]) | sort' \
	<<<"$scrubbed")" "$(cat "$tmp/mismatches")" "with the same checksums"

# -------------------------------------------------------------------- reads
# expect_reads WORD - "NAME BLOCK WORD" of the flips, "ok" of their neighbours.
expect_reads() {
	awk -v word="$1" '{ print $1, $2 - 1, "ok"; print $1, $2, word
		if ($1 != "short") print $1, $2 + 1, "ok" }' "$tmp/flips"
}

media_events() {
	event_lines '.event == "media" and .during == "read"' |
		jq -cs 'map([.path, .block, .stored, .found]) | unique | sort'
}

reads_are() {
	expect_reads "$1" >"$tmp/expected"
	awk '{ print $1, $2 }' "$tmp/expected" | block-reads "${@:2}" "$mnt/dir" |
		cmp - "$tmp/expected"
}

ok "a read of each fails with EIO, its neighbours can be read" reads_are EIO
is "$(media_events)" "$(cat "$tmp/mismatches")" \
	"the media events name path, block and both checksums"
is "$(event_count '.event == "media" and (.offset != .block * 4096 or
	.length != (if .path == "/dir/short" then 1808 else 4096 end))')" 0 \
	"and offset and length"
ok "so it is by O_DIRECT" reads_are EIO -d
ok "unmounted" umount_pinfs

# ------------------------------------------------------------------- undone
flip_on_disk
ok "when the flips are undone, scrub finds nothing" finds_nothing "$src"
mount_pinfs
ok "and all can be read" reads_are ok

# -------------------------------------------------------------- while mounted
ok "a file is in use" grep -q . "$mnt/dir/f3"
flip-bit "$src/dir/f3" 7 "$seed"
sync -d "$src/dir/f3"
ok "a flip while SOURCE is mounted is found by scrub" \
	finds_only '/dir/f3 7' "$mnt"
is "$(printf 'f3 6\nf3 7\nf3 8\n' | block-reads -d "$mnt/dir")" \
	$'f3 6 ok\nf3 7 EIO\nf3 8 ok' "and by a read, beside good neighbours"
flip-bit "$src/dir/f3" 7 "$seed"
ok "undone, it is not" finds_nothing "$mnt"
ok "unmounted" umount_pinfs
