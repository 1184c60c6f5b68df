#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the watchdog leaves a daemon alone that is paused, that holds
#           requests, whose workers are all in a system call on a SOURCE that
#           does not answer, or whose supervisor was stopped, each for longer than
#           watchdog=; and one that was itself stopped for 2 seconds, by default.
# Refuted by: the mount or the daemon is gone, a call has failed.
# Proof of coverage: with watchdog=1s all that lasts 3 seconds: the requests were
#                    held, the fsyncs more than there are workers and none of
#                    them answered, the supervisor in state T, as the daemon was.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/supervisor.sh"
require_root
require_fuse
require_loop
require_prog jq mkfs.ext4 fsfreeze
require_filesystem ext4
plan 24

is_stopped() {
	grep -q '^State:.T' "/proc/$1/status"
}

# SOURCE on a filesystem that can be frozen.
truncate -s 64M "$tmp/disk"
mkfs.ext4 -q "$tmp/disk"
mkdir -p "$tmp/main/src" "$tmp/main/mnt"
mount -o loop "$tmp/disk" "$tmp/main/src"
thaw() {
	fsfreeze -u "$tmp/main/src" 2>/dev/null || true
	umount "$tmp/main/src"
}
undo_with thaw
pinfs_src[main]=$tmp/main/src pinfs_mnt[main]=$tmp/main/mnt
pinfs_log[main]=$tmp/main/daemon.log
pinfs_events[main]=$tmp/main/src/.pinfs/events.jsonl
on_failure mount_report main
undo_with cleanup_mount main

mount_pinfs -o watchdog=1s,threads=4
supervisor=$(supervisor_of "$daemon_pid")
is "$(control status | jq .options.watchdog_us)" 1000000 "watchdog=1s"

# goes_on WHAT - the mount serves, and nobody has complained.
goes_on() {
	ok "$1: the mount serves" touch "$mnt/here"
	is "$(grep -c 'no sign of life' "$log")" 0 "$1: nothing is said"
}

# wait_in_vain TIME - the client's steps do not come back for so long.
wait_in_vain() {
	step wait timeout="$1"
	like "$answer" 'errno=ETIMEDOUT ' "$2"
}

client_start
control pause >&2
step open fd=t path=t '&'
wait_in_vain 3s "a call waits for 3 seconds while paused"
control resume >&2
goes_on "paused"

step wait timeout=5s
for i in {1..8}; do
	step create fd="f$i" path="f$i" size=4k
done
gate hold op=lookup deadline=20s >&2
for i in {1..20}; do
	step open fd="n$i" path="none$i" '&'
done
gate wait held=20 >&2
is "$(control status | jq .held)" 20 "twenty requests are held"
wait_in_vain 3s "for 3 seconds"
gate clear >&2
step wait timeout=5s
goes_on "holding"

fsfreeze -f "$src"
for i in {1..8}; do
	step fsync fd="f$i" '&'
done
wait_in_vain 3s "eight fsyncs, for four workers, are not answered for as long"
like "$answer" ' running=8' "none of them"
fsfreeze -u "$src"
step wait timeout=10s
like "$answer" '^wait ok ret=8 ' "they are when SOURCE answers, and well"
goes_on "slow SOURCE"

gate hold op=lookup deadline=20s >&2
step open fd=late path=late '&'
kill -STOP "$supervisor"
ok "the supervisor is stopped" wait_for is_stopped "$supervisor"
wait_in_vain 3s "for 3 seconds"
kill -CONT "$supervisor"
wait_in_vain 1500ms "and runs for longer than the watchdog"
gate clear >&2
goes_on "stopped supervisor"
client_end || true
ok "the mount ends cleanly" umount_pinfs

mount_pinfs
client_start
kill -STOP "$daemon_pid"
ok "a daemon with the default is stopped" wait_for is_stopped "$daemon_pid"
step open fd=t path=t '&'
wait_in_vain 2s "for 2 seconds"
kill -CONT "$daemon_pid"
step wait timeout=5s
goes_on "after 2 seconds"
client_end || true
ok "and its mount ends cleanly" umount_pinfs
