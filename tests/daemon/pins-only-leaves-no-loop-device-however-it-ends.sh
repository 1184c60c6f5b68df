#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a pins-only mount is of type fuseblk.pinfs, with nosubtype fuseblk,
#           on a loop device of its own, and can be found, asked and limited as
#           any other; after umount, SIGTERM, SIGKILL and an abort there is
#           neither mount nor loop device, and the device wants no stable
#           writes but if it wanted them before.
# Refuted by: another type or source; a device that stays attached; an attribute
#             that is changed.
# Proof of coverage: the device is seen to be attached before each end; its attribute
#                    is 0 before most, and 1 before one.
. "$srcdir/tests/lib/pinfs.sh"
require_stable_writes
require_fuse
require_fusectl
require_prog jq findmnt
plan 48

attribute() {
	echo "/sys/block/${1#/dev/}/queue/stable_writes"
}

# By us: others may take it when we have left it.
attached() {
	grep -qsF ":$src " "/sys/block/${1#/dev/}/loop/backing_file"
}

detached() {
	! attached "$1"
}

not_mounted() {
	! is_mounted "$mnt"
}

# up TYPE WORDS - mount; $loop is its device.
up() {
	mount_pinfs -o "pins-only$2"
	is_up "$1" "$2"
}

is_up() {
	loop=$(control status | jq -r .loop)
	is "$(findmnt -n -o FSTYPE,SOURCE "$mnt" | tr -s ' ')" "$1 $loop" \
		"pins-only$2: the kernel's type and source"
	ok "$loop is attached" attached "$loop"
	is "$(<"$(attribute "$loop")")" "$before" "its attribute is as before"
}

# down DESCRIPTION - it ends, or has ended.
down() {
	ok "$1: the mount goes away" wait_for not_mounted
	ok "so does the device" wait_for detached "$loop"
	is "$(<"$(attribute "$loop")")" "$before" "its attribute is as before"
}

# ended STATUS - the daemon has, with that status.
ended() {
	local status=0
	wait_for process_gone "$daemon_pid"
	wait "$daemon_pid" || status=$?
	unset 'pinfs_pid[main]'
	watchdog_stop main
	is "$status" "$1" "the daemon ends with status $1"
}

newline=$'\n'
before=0
up fuseblk.pinfs ''
is "$(control status | jq -c '[.pins_only, .options.pins_only, .connection]')" \
	"[true,true,$connection]" "status says so, and the connection"
ok "pinctl finds it" pinctl gate "$mnt" list
mkdir "$tmp/second"
like "$(timeout 60 pinfs "$tmp/second" "$mnt" -f 2>&1 || echo " $?")" \
	"^pinfs: [^$newline]*busy.*$newline 1\$" "it is busy for a second one"
bdi=/sys/class/bdi/$(mountinfo_device "$mnt")-fuseblk
if [ -e "$bdi/strict_limit" ]; then
	is "$(cat "$bdi/strict_limit" "$bdi/max_ratio")" $'0\n100' \
		"its limits are lifted"
else
	skip 1 "this kernel has no $bdi/strict_limit"
fi
umount_pinfs
down "umount"

# Dirty data, which the unmount writes.
up fuseblk ,nosubtype
ok "pinctl finds it" pinctl gate "$mnt" list
echo data >"$mnt/file"
kill -TERM "$daemon_pid"
ended 0
down "SIGTERM"
is "$(<"$src/file")" data "what was written is in SOURCE"

up fuseblk.pinfs ''
kill_pinfs
down "SIGKILL"
watchdog_stop main

# A device that wanted stable writes already goes on to.
# The first free one is ours, unless somebody else takes it meanwhile.
first=''
reset_first() {
	echo 0 >"$(attribute "$first")"
}
for round in 1 2 3 4 5; do
	first=$(losetup -f)
	[ "$round" -gt 1 ] || undo_with reset_first
	echo 1 >"$(attribute "$first")"
	mount_pinfs -o pins-only,ro
	[ "$(control status | jq -r .loop)" != "$first" ] || break
	umount_pinfs
	reset_first
done
before=1
is_up fuseblk.pinfs ,ro
is "$loop" "$first" "it is the device that wanted them"
is "$(control status | jq .options.ro)" true "read-only"
ok "pinctl aborts it" pinctl abort "$mnt"
ended 1
down "pinctl abort"
reset_first

before=0
up fuseblk.pinfs ''
abort_connection "$connection"
ended 1
down "an abort by the connection's number"

# In use: the device stays as long as the file is open, and then goes as well.
up fuseblk.pinfs ''
exec 5<"$mnt/file"
kill_pinfs
wait_for not_mounted
exec 5<&-
down "SIGKILL with an open file"
watchdog_stop main
