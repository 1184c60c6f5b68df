#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the daemon is killed by SIGKILL with 100 requests held (READs,
#           O_DIRECT and page-cache WRITEs, lookups, fsyncs, with stores that
#           wait for the page-cache WRITEs), every client comes back within 10
#           seconds with an error; the mount point is usable again, and a new
#           daemon starts on the same SOURCE.
# Refuted by: a client that does not come back, a call that succeeded although it
#             was held, a dead mount, a start that fails.
# Proof of coverage: the list has the 100 requests, by operation, at the kill;
#                    the stores are seen to wait.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 12
mount_pinfs

# Two clients: what waits for a page fault must not stop what does not.
client_start @calls
client_start @maps
step @calls create fd=t path=t size=256k
step @calls close fd=t
step @calls open fd=t path=t direct
for i in {1..5}; do
	step @calls create "fd=d$i" "path=d$i" size=0
	step @calls close "fd=d$i"
	step @calls open "fd=d$i" "path=d$i" direct
	step @calls create "fd=s$i" "path=s$i" size=0
done
step @maps create fd=m path=m size=240k
step @maps map mem=m fd=m len=240k
step @maps fsync fd=m
# Every second page, so that each has a WRITE of its own.
for i in {0..29}; do
	step @maps store mem=m off=$((i * 8))k len=4k gen=2
done

# hold_steps COUNT STEP... - so many steps with NUMBER replaced, each in the
# background; they are known to be held when the gate holds $held.
held=0
hold_steps() {
	local count=$1 i
	shift
	for ((i = 1; i <= count; i++)); do
		step @calls "${@//NUMBER/$i}" '&'
	done
	held=$((held + count))
	gate wait held="$held" timeout=10s >&2
}
gate hold op=read,write,lookup,fsync deadline=28s >&2
step @maps sync-range fd=m
held=30
gate wait held=30 timeout=10s >&2
hold_steps 30 read fd=t off=0 len=4k
hold_steps 30 open fd=nNUMBER path=nNUMBER
hold_steps 5 write fd=dNUMBER off=0 len=4k gen=1
hold_steps 5 fsync fd=sNUMBER
is "$(gate list | jq -c '.held | group_by(.op) | map([.[0].op, length])')" \
	'[["fsync",5],["lookup",30],["read",30],["write",35]]' \
	"100 requests are held"
for i in {0..9}; do
	step @maps store mem=m off=$((i * 8))k len=4k gen=3 '&'
done
step @maps wait timeout=300ms
like "$answer" 'errno=ETIMEDOUT .*running=10' "ten stores wait for the WRITEs"

begin=$SECONDS
kill_pinfs
step @calls wait timeout=10s
like "$answer" '^wait ok ret=0 ' "all calls have come back, none of them well"
is "$(grep -cE '^[0-9]+ (read|open|write|fsync) fail errno=E(NOTCONN|CONNABORTED|IO) ' \
	"$tmp/client-calls.answers")" 70 "all with an error of the connection"
step @maps wait timeout=10s
like "$answer" '^wait (ok|fail errno=ECHILD)' "the stores have come back"
step @maps fsync fd=m
like "$answer" '^fsync fail ' "and fsync says that the pages are lost"
client_end @calls || true
client_end @maps || true
ok "within 10 seconds" test $((SECONDS - begin)) -le 10

not_mounted() {
	! is_mounted "$mnt"
}
ok "the mount point is not a mount any more" wait_for not_mounted
ok "and usable: $(touch "$mnt/here" && rm "$mnt/here" && echo yes)" \
	rmdir "$mnt"
mkdir "$mnt"
watchdog_stop main
ok "a new daemon starts on the same SOURCE" mount_pinfs
is "$(wc -c <"$mnt/t")" $((256 * 1024)) "what was written is there"
ok "unmounted" umount_pinfs
