#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: after a power cut at a random instant under a load that overwrites
#           synced blocks, and after another start of the machine, a mount of
#           that SOURCE reads every block and accuses none; what syncs promised
#           is there; of the blocks that were synced and not touched since, at
#           least 99 in 100 are verified, and a bit that is flipped on the disk
#           in one that was at rest long before is found.
# Refuted by: an EIO, a media event, a mismatch that was not planted or not
#             found; a promised byte, size or name that is not there; too many
#             unverified blocks.
# Proof of coverage: SOURCE is on a filesystem in an image, copied by reflink; a
#                    writer of increasing numbers shows that such copies are of
#                    one instant, and that plain ones are not. The filesystem was
#                    not unmounted cleanly in the copy; the load was in the
#                    middle of its work; the daemon saw another boot id.
# PINFS_TEST_FILESYSTEM is SOURCE's, ext4 or xfs; PINFS_TEST_ROUNDS the number of
# copies.
if [ "${PINFS_TEST_NAMESPACE:-}" != own ] && unshare -m true 2>/dev/null; then
	exec unshare -m env PINFS_TEST_NAMESPACE=own bash "$0"
fi
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/crash.sh"
require_fuse
require_loop
require_filesystem xfs
filesystem=${PINFS_TEST_FILESYSTEM:-ext4}
require_filesystem "$filesystem"
require_prog mkfs.xfs "mkfs.$filesystem" unshare
require_space "$tmp" 3000
[ "${PINFS_TEST_NAMESPACE:-}" = own ] ||
	skip_all "needs a mount namespace of its own, for another boot id"
forget_other_mounts
plan 19
cuts=${PINFS_TEST_ROUNDS:-$(full 50 4)}
seed=${PINFS_TEST_SEED:-$RANDOM}
diag "seed $seed"
RANDOM=$seed
files=(-n 12 -s 1048576)

# ------------------------------------------------- copies of a single instant
truncate -s 6G "$tmp/host.img"
mkfs.xfs -q "$tmp/host.img"
image_mount "$tmp/host.img" "$tmp/host"

# copy_is_of_one_instant always|never - a copy of a device that is written.
copy_is_of_one_instant() {
	cp --reflink="$1" "$tmp/host/numbers" "$tmp/host/copy" &&
		instant-writer -c "$tmp/host/copy" 4096
}

truncate -s 16M "$tmp/host/numbers"
device=$(losetup -f --show "$tmp/host/numbers")
undo_with losetup -d "$device"
instant-writer "$device" 4096 &
writer=$!
all_written() {
	[ "$(copy_is_of_one_instant always)" -gt 8192 ]
}
wait_for all_written
for round in {1..20}; do
	holds "a reflink is a copy of one instant" copy_is_of_one_instant always
done
held_always 20 "a reflink is a copy of one instant"
a_plain_copy_is_not() {
	! copy_is_of_one_instant never
}
ok "a plain copy is not, sooner or later" wait_for a_plain_copy_is_not
kill -TERM "$writer"
wait "$writer"
rm "$tmp/host/copy"

# --------------------------------------------------------------- the load
# The clean state of a filesystem in an image, as its own tools tell.
log_state() {
	if [ "$filesystem" = ext4 ]; then
		dumpe2fs -h "$1" 2>/dev/null | grep -o needs_recovery
	else
		xfs_logprint -t "$1" 2>/dev/null | grep -o DIRTY
	fi
}

truncate -s 400M "$tmp/host/source.img"
"mkfs.$filesystem" -q "$tmp/host/source.img"
image_mount "$tmp/host/source.img" "$tmp/main/src"
mount_pinfs
mkdir "$mnt/load"
seeded-file "$mnt/rest" 1024 "$seed"
cp "$mnt/rest" "$tmp/rest"
umount_pinfs
mount_pinfs
sync "$mnt" "$mnt/load"
boot=$(cat /proc/sys/kernel/random/boot_id)
crash-load -l "$tmp/log" "${files[@]}" -r "$seed" \
	-m fsync=30,msync=12,unlink=1,rename=2 "$mnt/load" &
load=$!

# flush_some - the kernel may write back any file at any time, bytes without their
# checksums or checksums without their bytes: let it, all the time. Ended by a
# file: bash 5.2 may not parse a trap that comes in the middle of a substitution.
flush_some() {
	local list
	until [ -e "$tmp/stop-flushing" ]; do
		mapfile -t list < <(find "$src/load" "$src/.pinfs/csum" -type f |
			shuf -n 4)
		sync -d "${list[@]}" 2>/dev/null || true
	done
}
(close_inherited; flush_some) &
flusher=$!

# cut NUMBER - a copy of the disk, now, and how far the log was before and after.
declare -A sure=() last=()
cut() {
	pass_time $((150 + RANDOM % 350))
	sure[$1]=$(stat -c %s "$tmp/log")
	cp --reflink=always "$tmp/host/source.img" "$tmp/host/cut-$1.img"
	last[$1]=$(stat -c %s "$tmp/log")
}

at_work() {
	[ -e "$tmp/log" ] && [ "$(wc -l <"$tmp/log")" -gt 200 ]
}
ok "the load is at work" wait_for -t 60 at_work
for ((round = 1; round <= cuts; round++)); do
	cut "$round"
done
kill -TERM "$load"
touch "$tmp/stop-flushing"
wait "$flusher"
ok "the load read nothing wrong" wait "$load"
ok "unmounted" umount_pinfs
ok "the SOURCE that nothing was cut off from has no mismatch" finds_nothing "$src"
image_unmount "$src"

# ------------------------------------------------------------- after each cut
bytes=0 quiet=0 verified=0 flight=0 operations=0 dropped=0

start_after_cut() {
	log_state "$tmp/host/cut-$round.img" &&
		image_mount "$tmp/host/cut-$round.img" "$tmp/cut/src" &&
		another_boot && mount_pinfs @cut
}

promises_are_kept() {
	local line
	line=$(crash-check -p "${sure[$round]}" -e "${last[$round]}" \
		"${files[@]}" -o "$tmp/runs" "$tmp/log" "$mnt/load") || return
	bytes=$((bytes + $(jq .bytes <<<"$line")))
	flight=$((flight + $(jq .flight <<<"$line")))
	operations=$(head -c "${sure[$round]}" "$tmp/log" | grep -c =)
	cmp "$mnt/rest" "$tmp/rest"
}

no_media_event() {
	! has_event '.event == "media"'
}

# scrub_counts_right - see kill-nine-at-any-instant-accuses-nobody.sh.
scrub_counts_right() {
	block-states "$src/.pinfs" "$src" >"$tmp/states"
	block-states "$src/.pinfs" "$src/load" >>"$tmp/states"
	blocks_in "$tmp/states" verified >"$tmp/verified"
	echo "quiet rest 0 1024" >>"$tmp/runs"
	quiet_blocks "$tmp/runs" >"$tmp/quiet"
	dropped=$((dropped + $(counter dropped_blocks)))
	quiet=$((quiet + $(wc -l <"$tmp/quiet")))
	verified=$((verified + $(comm -12 "$tmp/quiet" "$tmp/verified" | wc -l)))
	[ "$(scrub_number verified)" -eq "$(wc -l <"$tmp/verified")" ] && return
	diag "scrub: $scrubbed"
	return 1
}

# flip_on_disk BLOCK - in the file that was at rest, beneath its filesystem.
flip_on_disk() {
	flip-bit -w "$src/rest" "$1" "$round" >"$tmp/where" &&
		umount_pinfs @cut && image_unmount "$src" &&
		flip-bit -i "$tmp/host/cut-$round.img" <"$tmp/where" &&
		image_mount "$tmp/host/cut-$round.img" "$src" && mount_pinfs @cut
}

flip_is_found() {
	local block=$((1 + RANDOM % 1022))
	flip_on_disk "$block" && finds_only "/rest $block" "$mnt" &&
		cmp <(printf 'rest %d %s\n' $((block - 1)) ok "$block" EIO \
			$((block + 1)) ok) \
		<(printf 'rest %d\n' $((block - 1)) "$block" $((block + 1)) |
			block-reads "$mnt")
}

end_of_cut() {
	umount_pinfs @cut && image_unmount "$src" &&
		rm "$tmp/host/cut-$round.img"
}

checks=("the filesystem was in use, and is mounted again" "every promise is kept"
	"no media event" "scrub finds no mismatch" "scrub counts right"
	"a flip on the disk is found, by scrub and by a read"
	"all is unmounted")
for ((round = 1; round <= cuts; round++)); do
	holds "${checks[0]}" start_after_cut
	holds "${checks[1]}" promises_are_kept
	holds "${checks[2]}" no_media_event
	holds "${checks[3]}" finds_nothing "$mnt"
	holds "${checks[4]}" scrub_counts_right
	holds "${checks[5]}" flip_is_found
	holds "${checks[6]}" end_of_cut
	if [ "$round" -eq 1 ]; then
		first=$operations
	fi
done
diag "$cuts cuts: $bytes promised bytes, $quiet blocks quiet," \
	"$verified of them verified, $flight in flight, $dropped nobody's fault; operations before:" \
	"$first to $operations"
for what in "${checks[@]}"; do
	held_always "$cuts" "$what"
done
isnt_same_boot() {
	[ "$(cat /proc/sys/kernel/random/boot_id)" != "$boot" ]
}
ok "the boot id was another one" isnt_same_boot
ok "promised bytes were looked at" test "$bytes" -gt $((cuts * 100000))
ok "blocks were quiet" test "$quiet" -gt $((cuts * 1040))
ok "99 in 100 of them were verified" test $((verified * 100)) -ge $((quiet * 99))
ok "blocks were in flight" test "$flight" -gt "$cuts"
ok "the load was at work between the cuts" test "$operations" -gt "$first"
