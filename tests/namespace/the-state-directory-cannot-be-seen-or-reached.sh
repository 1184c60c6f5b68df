#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the state directory is in no listing of the mount and cannot be
#           looked up, and nothing can be made, linked or moved onto its name;
#           also when it lies deep in SOURCE. An equal name elsewhere is an
#           ordinary one.
# Refuted by: its name in a listing, a success, or a change of it in SOURCE.
# Proof of coverage: it is there in SOURCE, and the log is in it.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
plan 29

# refuses DIR NAME - what must not work in the mount; 11 checks.
refuses() {
	local dir=$1 name=$2 hidden=$1/$2
	unlike "$(ls -a "$dir")" "$name" "$hidden is not listed"
	unlike "$(ls -la "$dir")" "$name" "nor with attributes"
	not_ok "it is not looked up" stat "$hidden"
	not_ok "nor what is in it" stat "$hidden/events.jsonl"
	like "$(mkdir "$hidden" 2>&1)" 'not permitted' "no directory is made"
	like "$( (: >"$hidden") 2>&1)" 'not permitted' "no file"
	like "$(ln -s x "$hidden" 2>&1)" 'not permitted' "no symbolic link"
	like "$(mkfifo "$hidden" 2>&1)" 'not permitted' "no FIFO"
	like "$(ln "$mnt/file" "$hidden" 2>&1)" 'not permitted' "no hard link"
	is "$(name-calls rename none "$mnt/file" "$hidden")" EPERM \
		"no file is moved there"
	is "$(name-calls rename none "$mnt/dir" "$hidden")" EPERM \
		"no directory is moved there"
}

mount_pinfs
echo text >"$mnt/file"
mkdir "$mnt/dir"
refuses "$mnt" .pinfs
ok "in SOURCE it is there" test -s "$src/.pinfs/events.jsonl"
ok "the name can be used elsewhere" mkdir "$mnt/dir/.pinfs"
ok "and is listed there" test "$(ls -A "$mnt/dir")" = .pinfs
ok "unmounted" umount_pinfs

mkdir -p "$src/a/b"
mount_pinfs -o "state=$src/a/b/state"
ok "elsewhere: the log is in it" test -s "$src/a/b/state/events.jsonl"
refuses "$mnt/a/b" state
ok "the default name is an ordinary one" test -e "$mnt/.pinfs"
umount_pinfs
pass "unmounted"
