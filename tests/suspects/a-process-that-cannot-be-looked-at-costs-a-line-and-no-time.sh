#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a process whose mappings cannot be read, since one of its threads waits
#           in a page fault for a held WRITE and another one in munmap(2) for
#           that, costs the answer of "suspects" no more than its own part: the
#           answer says what could not be read, comes in time, and has what is
#           known of other processes. Nothing is left of the look, and afterwards
#           it is as complete as ever.
# Refuted by: an answer that is late, that lacks the other process, or says
#             nothing about this one; a helper that stays.
# Proof of coverage: the process's maps cannot be read by others meanwhile.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 10

mount_pinfs
client_start
client_start @other
step create fd=t path=t size=64k gen=1
step fsync fd=t
step map mem=m fd=t len=64k mode=rw
step @other open fd=t path=t mode=rw
step @other map mem=m fd=t len=64k mode=rw
step store mem=m off=4096 len=4096 gen=2
gate hold op=write path=/t at=arrive deadline=30s >&2
step sync-range fd=t '&'
gate wait >&2
step store mem=m off=4096 len=4096 gen=3 '&'

# thread STEP - of a started step.
thread() {
	sed -n "s/^$1 .* started tid=//p" "$tmp/client-main.answers"
}

# is_in STEP FUNCTION - is its thread in there?
is_in() {
	grep -qs "$2" "/proc/${client_pid[main]}/task/$(thread "$1")/"{stack,wchan}
}

store=${client_steps[main]}
ok "a store waits for the WRITE" wait_for is_in "$store" 'mkwrite\|writeback\|folio_wait'
step munmap mem=m '&'
unmap=${client_steps[main]}
ok "munmap waits for the store" wait_for is_in "$unmap" 'munmap\|vma_\|rwsem\|down_write'

# Reading it ends with a signal.
maps_are_closed() {
	! timeout -s KILL 0.5 cat "/proc/${client_pid[main]}/maps" >"$tmp/maps" 2>&1
}
ok "its mappings cannot be read" maps_are_closed

# children PID - processes called pinfs-suspects that have this parent.
children() {
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk -v parent="$1" '$2 == "(pinfs-suspects)" && $4 == parent { print $1 }'
}

start=${EPOCHREALTIME/./}
answer=$(control suspects path=/t off=4096 timeout=5s)
took=$((${EPOCHREALTIME/./} - start))
diag "took $took us"
ok "the answer is there before time is up" test "$took" -lt 5000000
like "$(jq -r '.unknown[]' <<<"$answer")" \
	"the mappings of process ${client_pid[main]} \(pinctl\) could not be read" \
	"it says what could not be read"
is "$(jq -c '[.mappers[].pid]' <<<"$answer")" "[${client_pid[other]}]" \
	"and has the other process"
is "$(jq -c '[.openers[].pid] | sort' <<<"$answer")" \
	"$(jq -nc "[${client_pid[main]}, ${client_pid[other]}] | sort")" \
	"and both as openers"
keeper=$(children "$daemon_pid")
helper=$(children "$keeper")
is "$(children "$helper")" '' "no process hangs"

gate clear >&2
step wait >&2
answer=$(control suspects path=/t off=4096 timeout=5s)
is "$(jq -c '[.unknown[] | select(contains("could not be read"))]' <<<"$answer")" \
	'[]' "afterwards all can be read"
is "$(children "$keeper")" "$helper" "by the same helper"
# The store may meet the unmapped page, and be a step that failed.
client_end || true
client_end @other
umount_pinfs
