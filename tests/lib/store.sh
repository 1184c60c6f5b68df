# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Files that are changed through a mount and, the same way, in a plain directory;
# and bits that flip beneath the mount.

# shellcheck source=tests/lib/pinfs.sh
. "$srcdir/tests/lib/pinfs.sh"

want=$tmp/want
mkdir "$want"

# both COMMAND... - run it twice, with each @ in its words standing for the
# mount, then for $want.
both() {
	"${@//@/$mnt}" >&2 && "${@//@/$want}" >&2
}

# put FILE OFFSET LENGTH [DD OPERAND...] - both: write other bytes there.
put() {
	local file=$1 off=$2 len=$3
	shift 3
	head -c "$len" /dev/urandom >"$tmp/bytes"
	both dd if="$tmp/bytes" of="@/$file" bs="$len" seek="$off" \
		oflag=seek_bytes conv=notrunc status=none "$@"
}

# remount OPTION... - so that nothing is read from the mount's page cache.
remount() {
	umount_pinfs && mount_pinfs "$@"
}

# flip FILE BLOCK... - in SOURCE, the first bit of each; twice makes it good.
flip() {
	local file=$src/$1 block byte
	shift
	for block; do
		byte=$(od -An -tu1 -j $((block * 4096)) -N 1 "$file")
		# shellcheck disable=SC2059
		printf "\\x$(printf %02x $((byte ^ 1)))" |
			dd of="$file" bs=1 seek=$((block * 4096)) conv=notrunc \
				status=none
	done
}

# bad_blocks FILE - the blocks that cannot be read through the mount.
bad_blocks() {
	local size block bad=()
	size=$(stat -c %s "$mnt/$1")
	for ((block = 0; block * 4096 < size; block++)); do
		dd if="$mnt/$1" of=/dev/null bs=4096 skip="$block" count=1 \
			iflag=direct status=none 2>/dev/null || bad+=("$block")
	done
	echo "${bad[*]}"
}

# accused FILE - the blocks that "media" events name, without repetition.
accused() {
	event_lines ".event == \"media\" and .path == \"/$1\"" |
		jq .block | sort -nu | tr '\n' ' ' | sed 's/ $//'
}

# protected FILE BLOCK... - of all blocks, a flipped bit is found in exactly
# these: every second of them is flipped, then the others, and all others of the
# file each time. Leaves the file as it was. It is read first: one that was changed
# before pinfs looked at it counts as changed while pinfs was not there.
protected() {
	local file=$1 turn i size all=() wrong=() unverified=()
	shift
	size=$(stat -c %s "$src/$file")
	for ((i = 0; i * 4096 < size; i++)); do
		[[ " $* " == *" $i "* ]] || unverified+=("$i")
	done
	[ -z "$(bad_blocks "$file")" ] || return
	for turn in 0 1; do
		all=("$@") wrong=()
		for ((i = turn; i < $#; i += 2)); do
			wrong+=("${all[i]}")
		done
		: >"$events"
		flip "$file" "${wrong[@]}" "${unverified[@]}"
		if [ "$(bad_blocks "$file")" != "${wrong[*]}" ] ||
		   [ "$(accused "$file")" != "${wrong[*]}" ]; then
			diag "bad: $(bad_blocks "$file"), accused:" \
				"$(accused "$file"), wanted: ${wrong[*]}"
			return 1
		fi
		flip "$file" "${wrong[@]}" "${unverified[@]}"
	done
	[ -z "$(bad_blocks "$file")" ]
}

# checksum_files - where they are.
checksum_files() {
	find "$src/.pinfs/csum" -type f ! -name sessions | sort
}
