#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run --on" leaves nothing in the directory, and nobody who uses
#           it, however it ends: SIGINT, SIGTERM or SIGKILL while a pin is held,
#           SIGINT while its file still has a name; whatever the directory is
#           called. One that does not answer is HUNG, within a deadline.
# Refuted by: a file, a process, a filesystem that cannot be unmounted.
# Proof of coverage: at the moment of each signal a READ, or the fsync(2) of the
#                    file that has a name, is held.
. "$srcdir/tests/lib/ondir.sh"
require_root
require_fuse
require_prog jq
plan 20
export TMPDIR=$tmp
# Longer than a step may be, and with blanks.
dir="$tmp/a tmpfs/$(printf '%0200d/%0200d/%0200d' 1 2 3)"
mkdir "$tmp/a tmpfs"
undo_with unmount "$tmp/a tmpfs"
mount -t tmpfs none "$tmp/a tmpfs"
mkdir -p "$dir"
mount_pinfs

holds() {
	[ "$(gate list | jq --arg name "$1" '.gates[] |
		select(.name == $name) | .held')" = 1 ]
}
# processes - what is below the run. Reads no memory of theirs.
processes() {
	local file
	for file in /proc/[0-9]*/status; do
		grep -qsx "PPid:[[:space:]]$pid" "$file" || continue
		file=${file%/status}
		echo "${file#/proc/}"
	done
}
# start DIR OPTION... - SIGINT is not ignored in it, as it would be in a job of a
# shell without job control.
start() {
	local where=$1
	shift
	env --default-signal=INT,TERM pinctl run --on="$where" "$@" \
		>"$tmp/out" 2>&1 &
	pid=$!
	undo_with end "$pid"
}
end() {
	kill -9 "$1" 2>/dev/null || true
}
ended_by() {
	local status=0
	kill -s "$1" "$pid"
	wait "$pid" || status=$?
	is "$status" $((128 + $(kill -l "$1"))) "$2: the status says so"
}
all_gone() {
	local number
	for number in $children; do
		process_gone "$number" || return 1
	done
}

ok "a directory with a long name and blanks" \
	timeout 60 pinctl run --on="$dir" '*@truncate:dir' 'store@*:dir'
is "$(find "$dir" -mindepth 1)" '' "nothing stays in it"

# The gate is ours and comes before that of the run: what it holds stays held.
for signal in INT TERM KILL; do
	gate hold op=read path='/pinctl-*.s' count=1 deadline=25s name=late >&2
	start "$dir" --mnt="$mnt" dio-read@truncate:dir
	wait_for holds late
	children=$(processes)
	is "$(wc -w <<<"$children")" 2 "$signal: two clients, one with a pin"
	ended_by "$signal" "$signal with a pin"
	gate clear name=late >&2
	ok "$signal: they end as well" wait_for all_gone
	is "$(find "$dir" -mindepth 1)" '' "$signal: nothing stays in the directory"
	rm -f "$src"/pinctl-*
done
ok "it can be unmounted" umount "$tmp/a tmpfs"

# Another filesystem that does not answer: this mount, for another one's pins.
gate hold op=fsync count=1 deadline=25s name=fsync >&2
start "$mnt" store@after-writeback:dir
wait_for holds fsync
children=$(processes)
is "$(find "$src" -name 'pinctl-*.t' | wc -l)" 1 "the file still has a name"
ended_by INT "INT while it has one"
gate clear name=fsync >&2
wait_for all_gone
is "$(find "$src" -name 'pinctl-*.t')" '' "it has been removed"
gate hold op=fsync count=1 deadline=25s name=fsync >&2
timeout 60 pinctl run --json --timeout=1s --on="$mnt" store@after-writeback:dir \
	>"$tmp/hung.json" || true
is "$(results hung '.verdict')" HUNG "a directory that does not answer is HUNG"
gate clear name=fsync >&2
is "$(find "$src" -name 'pinctl-*.t')" '' "and has lost the file that hung in it"
