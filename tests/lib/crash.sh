# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# For the tests of what survives: loads that a crash meets, flips beneath, scrub,
# and many rounds that make one check. After pinfs.sh.

require_root
require_prog jq shuf

# pass_time MILLISECONDS - for a crash at a random instant: nothing is waited
# for, so nothing can tell when it is over. (The alarm of bash's "read -t" can be
# lost on a busy machine, and then it waits for ever.)
pass_time() {
	sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}

# holds DESCRIPTION COMMAND... - what must hold in every round; failures are
# counted by their description and logged, and held_always makes a check of them.
declare -A rounds_failed=() rounds_held=()
holds() {
	local description=$1
	shift
	if "$@" >&2; then
		rounds_held[$description]=$((${rounds_held[$description]-0} + 1))
	else
		rounds_failed[$description]=$((${rounds_failed[$description]-0} + 1))
		diag "round ${round-}: not so: $description: $*"
	fi
}

# held_always NUMBER DESCRIPTION - the check: it held so often, and never failed.
held_always() {
	is "${rounds_held[$2]-0} held, ${rounds_failed[$2]-0} failed" \
		"$1 held, 0 failed" "$2"
}

# scrub [OPTION...] WHERE - what "pinctl scrub" finds, into $scrubbed and the
# lines "PATH BLOCK" of its mismatches into $found; its status is the status.
scrubbed='' found=''
scrub() {
	local status=0
	scrubbed=$(pinctl scrub --json "$@") || status=$?
	found=$(jq -r '.mismatches[] | "\(.path) \(.block)"' <<<"$scrubbed" |
		sort) || status=3
	return "$status"
}

# scrub_number NAME - a number of the last scrub.
scrub_number() {
	jq -r ".$1" <<<"$scrubbed"
}

# finds_only LINES WHERE - scrub finds these blocks and nothing else.
finds_only() {
	local status=0
	scrub "$2" || status=$?
	if [ "$found" = "$1" ] && [ "$status" -eq 1 ]; then
		return 0
	fi
	diag "scrub: status $status, found ${found//$'\n'/, }, not ${1//$'\n'/, }"
	return 1
}

# finds_nothing WHERE
finds_nothing() {
	scrub "$1" && [ -z "$found" ] && return
	diag "scrub: $scrubbed"
	return 1
}

# blocks_in FILE WORD - "NAME BLOCK" of the runs "WORD NAME FIRST COUNT" that
# crash-check and block-states list; sorted.
blocks_in() {
	awk -v word="$2" '$1 == word {
		for (i = 0; i < $4; i++) print $2, $3 + i }' "$1" | sort
}

# quiet_blocks FILE - those that no operation was changing.
quiet_blocks() {
	blocks_in "$1" quiet
}

# another_boot - from now on, in the test's own mount namespace, the machine has
# started anew: daemons read another boot id.
another_boot() {
	local id=/proc/sys/kernel/random/boot_id
	cat /proc/sys/kernel/random/uuid >"$tmp/boot-id"
	if mountpoint -q "$id"; then
		umount "$id"
	fi
	mount --bind "$tmp/boot-id" "$id"
}

# image_mount IMAGE DIR - mount the filesystem in an image. The loop device goes
# when that is unmounted: at the end of the test, or before. A copy of a mounted
# xfs has its identity, which xfs minds.
declare -A image_undone=()
image_mount() {
	local options=loop
	mkdir -p "$2"
	if [ -z "${image_undone[$2]-}" ]; then
		image_undone[$2]=yes
		undo_with image_unmount "$2"
	fi
	if [ "$(blkid -p -s TYPE -o value "$1")" = xfs ]; then
		options=loop,nouuid
	fi
	mount -o "$options" "$1" "$2"
}

# image_unmount DIR - may have been done.
image_unmount() {
	! mountpoint -q "$1" || umount "$1"
}
