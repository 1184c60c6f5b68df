#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: where a pins-only mount cannot be made - no root, no loop devices, a
#           kernel whose devices cannot be asked for stable writes - pinfs says
#           so in one line, ends with 1, and leaves no loop device.
# Refuted by: another status, another line, a mount, a device.
# Proof of coverage: the same command mounts where nothing is hidden; without
#                    pins-only it mounts in the same places.
. "$srcdir/tests/lib/pinfs.sh"
require_stable_writes
require_fuse
require_user nobody
require_prog unshare
plan 9
base=$tmp/base
mkdir -p "$base/src" "$base/mnt" "$tmp/dev" "$tmp/empty"
cp "$(command -v pinfs)" "$tmp/pinfs"
chmod 755 "$tmp" "$tmp/pinfs" "$base"
chown nobody "$base/src" "$base/mnt"

# Not those of other tests: the daemon's has the name of SOURCE.
none_left() {
	! grep -qsF ":$base/src " /sys/block/loop*/loop/backing_file
}

# refused PATTERN DESCRIPTION COMMAND... - says it, and nothing else.
refused() {
	local pattern=$1 description=$2 status=0 said
	shift 2
	said=$("$@" 2>&1 </dev/null) || status=$?
	like "$status $(wc -l <<<"$said"): $said" "^1 1: pinfs: .*$pattern" \
		"$description"
}

# hidden SCRIPT WORDS - pinfs in a mount namespace that SCRIPT prepares; what
# it mounts ends with the namespace.
hidden() {
	unshare -m sh -c "$1"'
		timeout 60 pinfs "$1/src" "$1/mnt" -o "$2" || exit
		umount "$1/mnt"' sh "$base" "$2" "$tmp"
}
# The nodes that FUSE needs, and nothing else.
# shellcheck disable=SC2016
no_loop='touch "$3/dev/null" "$3/dev/fuse"
	mount --bind /dev/null "$3/dev/null"
	mount --bind /dev/fuse "$3/dev/fuse"
	mount --rbind "$3/dev" /dev;'
# shellcheck disable=SC2016
no_attribute='mount --bind "$3/empty" /sys/block;'
read_only='mount -o remount,bind,ro /sys;'

refused 'needs root' "not root" \
	setpriv --reuid=nobody --regid=65534 --clear-groups \
	"$tmp/pinfs" "$base/src" "$base/mnt" -o pins-only
refused '/dev/loop-control: No such file' "no loop devices" \
	hidden "$no_loop" pins-only
refused 'stable_writes: No such file' "no such attribute" \
	hidden "$no_attribute" pins-only
refused 'stable_writes cannot be set: Read-only' "it cannot be set" \
	hidden "$read_only" pins-only

ok "without loop devices others mount" hidden "$no_loop" live=auto
ok "so they do without the attribute" hidden "$no_attribute" live=auto
ok "and nothing hidden, pins-only does" hidden : pins-only
unlike "$(</proc/self/mountinfo)" "$base" "nothing is mounted"
ok "no device is left" wait_for none_left
