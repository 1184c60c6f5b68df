#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a caller that is killed while its request is held or delayed is gone
#           within a second, and an "interrupted" event says so; held at arrive
#           its request has had no effect, held at reply its whole effect. A
#           signal that is handled ends no hold, and costs few requests; a
#           SIGKILL after it does, also when the hold began after the signal, or
#           the mount was paused meanwhile.
# Refuted by: a caller that stays, or goes without being killed; no event; an
#             effect too many or too few; a flood of INTERRUPT.
# Proof of coverage: the gate holds the request before the signal is sent, for 20
#                    seconds more.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq

# Operation, signal, and how its effect is seen in SOURCE; "none": it has none.
rows='
mkdir|KILL|test -d mkdir
create|TERM|test -e create
unlink|KILL|test ! -e unlink
setattr|INT|test 600 = "$(stat -c %a setattr)"
rename|HUP|test -e renamed
symlink|KILL|test -L symlink
lookup|KILL|none
getattr|TERM|none
open|KILL|none
fsync|KILL|none
readdirplus|KILL|none
statfs|TERM|none
'
rows=${rows#$'\n'}
rows=${rows%$'\n'}
count=$(wc -l <<<"$rows")
plan $((6 * count + 23))
mount_pinfs

now_ms() {
	date +%s%3N
}

# call OPERATION DIR - held by $id; $calling.
call() {
	(close_inherited; exec one-call "$1" "$2") >"$tmp/answer" &
	calling=$!
	gate wait "id=$id" timeout=5s >/dev/null || true
}

# gone_soon - the call has ended within a second from $since.
gone_soon() {
	local took
	wait_for process_gone "$calling" || return
	took=$(($(now_ms) - since))
	wait "$calling" 2>/dev/null || true
	diag "after $took ms"
	[ "$took" -lt 1000 ]
}

# for_a_while SECONDS - nothing else comes to the gate for that long.
for_a_while() {
	! gate wait "id=$id" held=2 timeout="$1s" >/dev/null
}

# still_there - it sleeps, and the gate holds it.
still_there() {
	! process_gone "$calling" &&
		[ "$(gate list | jq -c "[.held[] | select(.gate == $id)] | length")" = 1 ]
}

last_interrupted() {
	event_lines '.event == "interrupted"' | tail -n 1 |
		jq -rc '[.op, .at, .pid, .held_us > 0] | map(tostring) | join(" ")'
}

# killed DESCRIPTION OPERATION AT - the call is killed, and goes.
killed() {
	since=$(now_ms)
	kill "-${4:-KILL}" "$calling"
	ok "$1: gone within a second" gone_soon
	is "$(last_interrupted)" "$2 $3 $calling true" "and an event says so"
}

for at in arrive reply; do
	mkdir "$src/$at"
	one-call prepare "$src/$at" >&2
	while IFS='|' read -r op signal effect; do
		id=$(gate hold "op=$op" "at=$at" deadline=25s | jq .id)
		call "$op" "$mnt/$at"
		killed "$op killed at $at" "$op" "$at" "$signal"
		gate clear "id=$id" >/dev/null
		if [ "$effect" = none ]; then
			pass "it has no effect in SOURCE"
		elif [ "$at" = arrive ]; then
			not_ok "it has had no effect" \
				bash -c "cd '$src/$at' && $effect"
		else
			ok "it has had its effect" \
				bash -c "cd '$src/$at' && $effect"
		fi
	done <<<"$rows"
done
is "$(counter interrupted_holds),$(counter expired_holds)" "$((2 * count)),0" \
	"the counter agrees, and no hold has met its deadline"

# A signal that is handled. The kernel tells of the first one only.
mkdir "$src/again"
one-call prepare "$src/again" >&2
id=$(gate hold op=fsync deadline=25s | jq .id)
call fsync "$mnt/again"
kill -USR1 "$calling"
kill -ALRM "$calling"
before=$(counter requests)
begin=${EPOCHREALTIME/./}
for_a_while 2
asked=$(($(counter requests) - before))
tenths=$(((${EPOCHREALTIME/./} - begin) / 100000))
ok "a signal with a handler ends no hold" still_there
ok "its INTERRUPT is asked for again, but seldom: $asked in $tenths tenths of a second" \
	test "$asked" -ge 4 -a "$asked" -le $((tenths + 4))
is "$(gate list | jq -c '[.held[].op]')" '["fsync"]' \
	"and is not listed as held"
# One that dumps core is dealt with by its receiver, when its call has ended.
kill -QUIT "$calling"
for_a_while 0.5
ok "a signal that dumps core ends no hold either" still_there
killed "then killed" fsync arrive
gate clear >&2

# The INTERRUPT is there before the hold is.
first=$(gate hold op=mkdir deadline=25s | jq .id)
id=$first
call mkdir "$mnt/again"
kill -USR1 "$calling"
id=$(gate hold op=mkdir at=reply deadline=25s | jq .id)
gate release "id=$first" >&2
ok "at reply it is held although it was interrupted before" \
	gate wait "id=$id" timeout=5s
for_a_while 0.3
ok "and stays so" still_there
killed "then killed" mkdir reply
ok "after its effect" test -d "$src/again/mkdir"
gate clear >&2

# While the mount is paused nobody asks.
id=$(gate hold op=rmdir deadline=25s | jq .id)
call rmdir "$mnt/again"
pinctl pause "$mnt" >&2
kill -KILL "$calling"
for_a_while 0.5
ok "while paused a killed caller stays" still_there
since=$(now_ms)
pinctl resume "$mnt" >&2
ok "resumed it goes" gone_soon
is "$(last_interrupted)" "rmdir arrive $calling true" "and an event says so"
ok "without its effect" test -d "$src/again/rmdir"
gate clear >&2

# What is kept on purpose is given up as well.
id=$(gate inject op=unlink delay=20s | jq .id)
call unlink "$mnt/again"
killed "delayed, killed" unlink arrive
ok "without its effect" test -e "$src/again/unlink"
gate clear >&2

# Reads and writes that are no background requests.
mount_pinfs @none -o cache=none
mkdir "$src/d"
one-call prepare "$src/d" >&2
for op in read write; do
	id=$(gate hold "op=$op" deadline=25s | jq .id)
	call "$op" "$mnt/d"
	killed "$op with cache=none, killed" "$op" arrive
	gate clear >&2
done
