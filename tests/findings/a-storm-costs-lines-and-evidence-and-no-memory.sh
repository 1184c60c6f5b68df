#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when many blocks differ at a time, each is counted; what is not written
#           in full is counted as well; the daemon's memory and the evidence stay
#           within their limits, and the mount is not slowed down to less than a
#           third (in the short form, a tenth).
# Refuted by: numbers that do not add up, a line that is no JSON, more memory or
#             evidence, longer rounds.
# Proof of coverage: there are suppressed lines, lines without a look at who it was,
#                    lines with one, and evidence was dropped.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 13
size=8		# of the file [MiB], so many WRITEs
blocks=$((size * 256))
rounds=$(full 489 10)
# On a machine that is busy with other tests ten rounds say little about time.
slower=$(full 3 10)
evidence_kib=256
options=event_limit=2000,evidence_limit=${evidence_kib}k,evidence_files=100000

# ask WORDS... - one request on the test's control connection; its answer is in
# $reply.
ask() {
	echo "$*" >&"$to"
	read -r -t 30 reply <&"$from"
	case $reply in '{"ok":true'*) ;; *) diag "$*: $reply"; return 1 ;; esac
}

all_held() {
	ask list
	[ "$(jq '[.held[].len] | add' <<<"$reply")" = $((size << 20)) ]
}

# storm BYTE - the file is written, full of zeros, and while its WRITEs are held
# the daemon puts BYTE everywhere into the page cache.
storm() {
	local i
	step pwrite fd=f len="${size}m" from=m
	ask hold op=write at=reply path=/t
	step fsync fd=f '&'
	wait_for all_held
	for ((i = 0; i < size; i++)); do
		ask store ino="$ino" off="${i}m" len=1m byte="$1"
	done
	ask clear
	step wait
}

# storms COUNT BYTE - so many; the median of what a round took is in $took [us].
storms() {
	local i begin
	: >"$tmp/times"
	for ((i = 0; i < $1; i++)); do
		begin=${EPOCHREALTIME/./}
		storm "$2"
		echo $((${EPOCHREALTIME/./} - begin)) >>"$tmp/times"
	done
	took=$(sort -n "$tmp/times" | sed -n $((($1 + 1) / 2))p)
}

# peak - the most memory that the daemon has had [KiB].
peak() {
	awk '/^VmHWM:/ { print $2 }' "/proc/$daemon_pid/status"
}

# lines FILTER - how many lines of the log; jq fails on one that is no JSON.
lines() {
	jq -c "select($1)" "$events" | wc -l
}

mount_pinfs -o "$options"
: >"$mnt/t"
ino=$(stat -c %i "$src/t")
client_start
step anon mem=m len="${size}m"
step open fd=f path=t
coproc connection {
	close_inherited
	exec control-lines "$(control_socket "$mnt")"
}
from=${connection[0]} to=${connection[1]}

storms 2 0
storms 5 0
calm=$took
is "$(counter unstable_blocks)" 0 "what does not change is not found"
before=$(peak)
storms "$rounds" 1
wild=$took
after=$(peak)
diag "a round takes $calm us, with $blocks findings $wild us; $before, $after KiB"
found=$(counter unstable_blocks)
is "$found" $((rounds * blocks)) "every block is counted"
ok "a round takes at most $slower times as long as without findings" \
	test "$wild" -le $((slower * calm))
# 256 findings of 32 KiB, 1024 lines of at most as much, and what malloc(3) adds.
ok "memory stays bounded" test $((after - before)) -le 32768

events_settle
control status >"$tmp/status"
count() {
	jq ".counters.$1" "$tmp/status"
}
step close fd=f
client_end
exec {to}>&-
ok "the mount ends" umount_pinfs

is "$(jq -c .event "$events" | wc -l)" "$(wc -l <"$events")" \
	"the log can be read to its end"
is "$(jq -s 'map(.seq) | . == (sort | unique)' "$events")" true "in its order"
unstable=$(lines '.event == "unstable"')
settled=$(lines '.event == "settled"')
diag "$unstable unstable and $settled settled lines, $(count suppressed_events) \
suppressed, $(count dropped_events) dropped, $(count evidence_dropped) without \
evidence, $(count unexamined_findings) unexamined"
is $((unstable + settled + $(count suppressed_events))) \
	$((found + $(count settled_blocks))) \
	"lines and those that were only counted are all"
is "$(jq -s 'map(select(.event == "suppressed").count) | add' "$events")" \
	"$(count suppressed_events)" "so says the log"
is "$(lines '.event == "unstable" and (.ground | contains("to look who it was"))')" \
	"$(count unexamined_findings)" "who it was is looked for, or the line says not"
kept=$(lines '.event == "unstable" and .evidence')
is $((kept + $(count evidence_dropped) + $(count unexamined_findings))) \
	"$unstable" "each other has evidence, or is counted"
ok "some are examined ($kept kept), some not, some suppressed" test "$kept" -gt 0 \
	-a "$(count unexamined_findings)" -gt 0 -a "$(count suppressed_events)" -gt 0
used=$(find "$src/.pinfs/evidence" -type f -printf '%b\n' |
	awk '{ n += $1 } END { print n / 2 }')
ok "$used KiB of evidence" test "$used" -le "$evidence_kib" -a "$used" -gt 0
