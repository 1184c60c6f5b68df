#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a gate with scope=connection is gone, and what it held goes on, within
#           2 seconds after the connection's client was killed while the daemon
#           was at its "wait". A client that only has no more to say still gets
#           the answer.
# Refuted by: a gate that is still there, a read that is still held.
# Proof of coverage: "hold" and "wait" came in one piece, and "hold" is answered,
#                    so the daemon has the "wait"; it would take 60 seconds. The
#                    read is held, with 20 seconds left.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 6
mount_pinfs
client_start
step create fd=t path=t size=8k
step close fd=t
step open fd=t path=t direct

mkfifo "$tmp/talk"
control-lines "$(control_socket "$mnt")" <"$tmp/talk" >"$tmp/talk.out" &
talk_pid=$!
exec {talk_in}>"$tmp/talk"
printf '%s\n' 'hold op=read path=/t deadline=25s scope=connection' \
	'wait held=5 timeout=60s' >"$tmp/lines"
cat "$tmp/lines" >&"$talk_in"
wait_for grep -q '"id"' "$tmp/talk.out"
step read fd=t off=0 len=4k '&'
number=${client_steps[main]}
gate wait held=1 >&2
is "$(gate list | jq -c '[(.gates | length), .held[0].left_us > 20000000]')" \
	'[1,true]' "a read is held"
is "$(wc -l <"$tmp/talk.out")" 1 "and its gate's client still waits"

kill -9 "$talk_pid"
wait "$talk_pid" 2>/dev/null || true
exec {talk_in}>&-
step wait "step=$number" timeout=2s
like "$(final_answer "$number")" '^read ok ret=4096 ' \
	"the read goes on when the client is killed"
is "$(gate list | jq -c '[.gates, .held]')" '[[],[]]' "no gate is left"
is "$(control wait held=1 timeout=400ms | jq -r .error)" ETIMEDOUT \
	"who has no more to say is answered"
client_end
ok "unmounted" umount_pinfs
