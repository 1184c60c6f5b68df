#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a scenario that needs a loop device or another filesystem is skipped
#           where there is none, with the reason, and costs nothing else; one
#           that is not ready in time is HUNG, and goes once it can.
# Refuted by: another verdict or reason; another scenario of the run that is not
#             as known; a device that stays.
# Proof of coverage: the same command has a verdict when nothing is hidden.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_loop
require_prog jq unshare mkfs.ext4
require_filesystem ext4
plan 19
export TMPDIR=$tmp
mkdir "$tmp/dev"
mkfs=$(command -v mkfs.ext4)

# run_hidden SCRIPT - in a mount namespace that SCRIPT prepares.
run_hidden() {
	status=0
	# shellcheck disable=SC2016
	timeout 60 unshare -m sh -c "$1"'
		exec pinctl run --json dio-bdev@writeback dio-ext4@writeback \
			store@writeback' sh "$tmp/dev" "$mkfs" >"$tmp/out" ||
		status=$?
	cat "$tmp/out" >&2
}
verdict() {
	jq -r --arg name "$1@writeback" \
		'select(.scenario == $name) | .verdict + ": " + .note' "$tmp/out"
}

run_hidden ''
is "$status" 0 "nothing hidden: all as known"
unlike "$(verdict dio-bdev)" SKIP "nothing hidden: dio-bdev has a verdict"
unlike "$(verdict dio-ext4)" SKIP "nothing hidden: dio-ext4 has a verdict"

# shellcheck disable=SC2016
run_hidden 'mount --bind /dev/null "$2";'
is "$status" 0 "without the program: all else is as known"
unlike "$(verdict dio-bdev)" SKIP "without the program: a device needs none"
like "$(verdict dio-ext4)" "SKIP: there is no program 'mkfs.ext4'" \
	"without the program: it is named"
like "$(verdict store)" BLOCKED "without the program: the run goes on"

# shellcheck disable=SC2016
run_hidden 'touch "$1/null" "$1/fuse"
	mount --bind /dev/null "$1/null"
	mount --bind /dev/fuse "$1/fuse"
	mount --rbind "$1" /dev;'
is "$status" 0 "without loop devices: all else is as known"
like "$(verdict dio-bdev)" "SKIP: .*no /dev/loop-control" \
	"without loop devices: dio-bdev says so"
like "$(verdict dio-ext4)" "SKIP: .*no /dev/loop-control" \
	"without loop devices: dio-ext4 says so"
like "$(verdict store)" BLOCKED "without loop devices: the run goes on"

# A program that fails has its own words.
cat >"$tmp/mkfs" <<'SCRIPT'
#!/bin/sh
echo "mkfs.ext4: not today"
exit 1
SCRIPT
chmod +x "$tmp/mkfs"
# shellcheck disable=SC2016
run_hidden 'mount --bind "$(dirname "$1")/mkfs" "$2";'
is "$status" 3 "a program that fails: nothing can be told"
like "$(verdict dio-ext4)" "ERROR: mkfs.ext4 failed: mkfs.ext4: not today" \
	"a program that fails: its words"
like "$(verdict store)" BLOCKED "a program that fails: the run goes on"

mount_pinfs
no_device() {
	! grep -qsF "$mnt/" /sys/block/loop*/loop/backing_file
}
gate hold op=write path='?ino *' deadline=25s name=mkfs >&2
status=0
timeout 60 pinctl run --json --timeout=1s --mnt="$mnt" dio-ext4@writeback \
	>"$tmp/out" 2>"$tmp/err" || status=$?
cat "$tmp/out" "$tmp/err" >&2
is "$status" 1 "one that is not ready in time fails the run"
like "$(verdict dio-ext4)" "HUNG: ext4 on a loop device was not ready in time" \
	"it says so"
not_ok "it waits for the mount as long as that takes" no_device
gate clear name=mkfs >&2
ok "then its device goes" wait_for no_device
ok "the mount can be unmounted" umount_pinfs
