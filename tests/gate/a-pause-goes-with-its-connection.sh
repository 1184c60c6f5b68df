#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a pause with scope=connection ends with the control connection that
#           asked for it, however that ends; one without stays, and so does one of
#           another who paused before or after.
# Refuted by: a mount that stays paused, or that is resumed for another.
# Proof of coverage: the mount says that it is paused while there is the
#                    connection, and a read waits then.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 12
mount_pinfs
client_start
step create fd=t path=t size=8k
step close fd=t
step open fd=t path=t direct

# talk LINE - a control connection of our own, by a helper: $talk_in, $talk_pid.
talk() {
	mkfifo "$tmp/talk"
	control-lines "$(control_socket "$mnt")" <"$tmp/talk" \
		>"$tmp/talk.out" &
	talk_pid=$!
	exec {talk_in}>"$tmp/talk"
	rm "$tmp/talk"
	echo "$1" >&"$talk_in"
	wait_for grep -q '"queued"' "$tmp/talk.out"
}

paused() {
	control status | jq .paused
}

# hang_up - and wait until the helper has ended.
hang_up() {
	exec {talk_in}>&-
	wait "$talk_pid" 2>/dev/null || true
}

resumed() {
	[ "$(paused)" = false ]
}

for how in closed killed; do
	talk 'pause scope=connection'
	is "$(paused)" true "the mount is paused"
	step read fd=t off=0 len=4k '&'
	number=${client_steps[main]}
	step wait "step=$number" timeout=100ms
	like "$answer" 'fail errno=ETIMEDOUT' "a read waits"
	[ "$how" = closed ] || kill -9 "$talk_pid"
	hang_up
	step wait "step=$number" timeout=5s
	like "$(final_answer "$number")" '^read ok ret=4096 ' \
		"it ends well when the connection is $how"
done

talk 'pause scope=mount'
hang_up
is "$(paused)" true "a pause of the mount stays"
talk 'pause scope=connection'
hang_up
is "$(paused)" true "also when somebody pauses it once more for a while"
control resume >&2
is "$(paused)" false "until it is resumed"

talk 'pause scope=connection'
control pause >&2
hang_up
is "$(paused)" true "and when it was paused for good meanwhile"
control resume >&2
ok "nothing is paused any more" resumed
exits_with_einval=$(control pause scope=nobody 2>&1) || true
like "$exits_with_einval" 'EINVAL' "there is no other scope"
client_end || true
