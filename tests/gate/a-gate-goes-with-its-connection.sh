#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a gate with scope=connection ends with the control connection that
#           made it, however that ends, and what it held goes on; one without
#           stays.
# Refuted by: a request still held, or a gate still there, after the connection.
# Proof of coverage: the request was held before, with 20 seconds left.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 11
mount_pinfs
client_start
step create fd=t path=t size=8k
step close fd=t
step open fd=t path=t direct

# talk - a control connection of our own, by a helper: $talk_in, $talk_pid.
talk() {
	mkfifo "$tmp/talk"
	control-lines "$(control_socket "$mnt")" <"$tmp/talk" \
		>"$tmp/talk.out" &
	talk_pid=$!
	exec {talk_in}>"$tmp/talk"
	rm "$tmp/talk"
}

# hold_one SCOPE - through that connection; then a read is held by it.
hold_one() {
	talk
	echo "hold op=read path=/t deadline=25s $1" >&"$talk_in"
	wait_for grep -q '"id"' "$tmp/talk.out"
	step read fd=t off=0 len=4k '&'
	number=${client_steps[main]}
	gate wait held=1 >&2
	is "$(gate list | jq '.held[0].left_us > 20000000')" true \
		"a read is held by a gate '$1'"
}

# goes_on WHY - it does, and the gate is gone.
goes_on() {
	step wait "step=$number" timeout=5s
	like "$(final_answer "$number")" '^read ok ret=4096 ' \
		"it goes on when the connection is $1"
	is "$(gate list | jq -c '[.gates, .held]')" '[[],[]]' "no gate is left"
}

hold_one scope=connection
exec {talk_in}>&-
goes_on closed
wait "$talk_pid"

hold_one scope=connection
kill -9 "$talk_pid"
wait "$talk_pid" 2>/dev/null || true
goes_on killed
exec {talk_in}>&-

hold_one scope=mount
exec {talk_in}>&-
wait "$talk_pid"
is "$(gate list | jq -c '[(.gates | length), (.held | length)]')" '[1,1]' \
	"a gate of the mount is still there, and holds"
gate clear >&2
goes_on "not asked"

is "$(event_count '.event == "expired"')" 0 "no hold ended by its deadline"
client_end
