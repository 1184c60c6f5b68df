#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the event log is a pipe whose reader has stopped reading, lines
#           are lost and counted (dropped_events), but requests, holds with their
#           deadlines, the control socket and the end of the mount go on. When
#           there is room again so do the lines.
# Refuted by: a hold that does not end, a verb without a reply, a daemon that
#             does not end, a line that is not JSON.
# Proof of coverage: the pipe takes not one byte more when the hold begins, and
#                    the line about its deadline is among the lost.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 10

mkfifo "$tmp/fifo"
exec {reader}<>"$tmp/fifo"
mount_pinfs -o log="$tmp/fifo"

# take - all that is in the pipe.
take() {
	dd if="$tmp/fifo" iflag=nonblock bs=64k status=none 2>/dev/null || true
}

# fill BYTES - write by so many, as long as they fit. Blank lines mean nothing.
fill() {
	tr '\0' '\n' </dev/zero 2>/dev/null |
		dd of="$tmp/fifo" oflag=nonblock conv=notrunc iflag=fullblock \
			bs="$1" status=none 2>/dev/null || true
}

like "$(take | jq -c .event)" '"mount"' "lines come through the pipe"
client_start
step create fd=t path=t size=8k
step close fd=t
step open fd=t path=t direct
fill 4096
fill 1
not_ok "the pipe is full" dd if=/dev/zero of="$tmp/fifo" bs=1 count=1 \
	oflag=nonblock conv=notrunc status=none

gate hold op=read deadline=300ms count=1 >&2
step read fd=t off=0 len=4k '&'
step wait timeout=5s
like "$answer" '^wait ok ret=1 ' "a hold ends by its deadline"
is "$(timeout 5 control-lines "$(control_socket "$mnt")" <<<'mark text=lost' |
	jq .ok)" true "a mark is answered"
step read fd=t off=0 len=4k
like "$answer" '^read ok ret=4096 ' "reads are served"
lost=$(counter dropped_events)
ok "the lines about these are lost, and counted ($lost)" test "$lost" -ge 2

take >/dev/null
control mark text=found >&2
is "$(take | jq -c '[.event, .text // .count]')" \
	"[\"dropped\",$lost]"$'\n''["mark","found"]' \
	"lines come again when there is room, the first tells of the lost"
is "$(counter dropped_events)" "$lost" "none is lost any more"
fill 4096
client_end
umount "$mnt"
ok "the daemon ends with the pipe full" wait_for -t 5 process_gone "$daemon_pid"
exits 0 "with status 0" wait "$daemon_pid"
unset 'pinfs_pid[main]'
watchdog_stop main
exec {reader}<&-
