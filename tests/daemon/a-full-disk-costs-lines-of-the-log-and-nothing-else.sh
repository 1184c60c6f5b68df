#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the disk of the event log gets full, lines are dropped and
#           counted exactly, and said once in the daemon's log; requests, data,
#           and checksums do not suffer; evidence is not what fills it. When there
#           is room again every line of the log is JSON, and "dropped" lines say how
#           many are missing.
# Refuted by: a call that fails, other bytes, a "media" event; a line that is no
#             JSON; numbers that do not add up; a file of evidence.
# Proof of coverage: lines are missing, twice; the log ended within a line while
#                    the disk was full; a declared block differed then.
. "$srcdir/tests/lib/store.sh"
require_root
require_fuse
require_prog jq
plan 25

small=$tmp/small
mkdir "$small"
mount -t tmpfs -o size=420k none "$small"
undo_with umount -l "$small"
options=state=$small/s

# marks COUNT - so many lines for the log, by one connection.
marks() {
	local text i
	printf -v text '%0400d' 0
	for ((i = 0; i < $1; i++)); do
		echo "mark text=$text"
	done | control-lines "$(control_socket "$mnt")" >"$tmp/replies"
	[ "$(grep -c '^{"ok":true}$' "$tmp/replies")" -eq "$1" ]
}

same_bytes() {
	local file
	for file in "$want"/*; do
		cmp "$mnt/${file##*/}" "$file" || return
	done
}

# put_all SUFFIX - files of many sizes, and changes in the middle of them.
put_all() {
	local i
	for i in {1..8}; do
		put "file$1$i" 0 $((i * 9000)) || return
		put "file$1$i" 5000 3000 conv=notrunc,fsync || return
	done
}

# fill - there must be something to remove later.
head -c 160k /dev/zero >"$small/ballast"
fill() {
	cat /dev/zero >>"$small/ballast" 2>/dev/null || true
}

is_full() {
	! (head -c 4096 /dev/zero >"$small/more") 2>/dev/null
}

ends_within_a_line() {
	[ "$(tail -c 1 "$events" | od -An -tx1)" != ' 0a' ]
}

# all_lines_are_json - jq -c of all is as many lines as there are, and what it
# does not take is an error.
all_lines_are_json() {
	jq -e -c 'type == "object"' "$events" >"$tmp/types" &&
		[ "$(wc -l <"$tmp/types")" -eq "$(wc -l <"$events")" ] &&
		! ends_within_a_line
}

# missing_numbers - how many of 1 to the last are not there.
missing_numbers() {
	jq -s 'map(.seq) | max - (unique | length)' "$events"
}

# differ - blocks that are not as declared.
differ() {
	client_start
	step anon mem=m len=1M
	step open fd=d path=t excl direct
	step store mem=m len=80k gen=1
	step declare fd=d len=80k from=m
	step store mem=m len=80k gen=2
	step pwrite fd=d len=80k from=m
	step unlink path=t
	client_end
	events_settle
}

mount_pinfs -o "$options"
events=$small/s/events.jsonl
ok "files are written" put_all a
ok "the log fills the disk" marks 900
rm -f "$small/more"
fill
ok "it is full" is_full
ok "and the log ends within a line" ends_within_a_line
first=$(counter dropped_events)
ok "lines were dropped ($first)" test "$first" -gt 0
ok "files are written with the disk full" put_all b
ok "and a calm and a busy program, too" \
	file-exerciser -N 3000 -S 7 "$mnt/exercised"
# The busy program may have met an unstable page.
events_settle
before=$(counter dropped_events)
no_evidence=$(counter evidence_dropped)
differ
is "$(counter declared_differing)" 20 "differing blocks are counted"
is "$(($(counter dropped_events) - before))" 20 "their lines are dropped"
ok "a hold ends by its deadline" eval '
	gate hold op=mkdir deadline=200ms count=1 >&2 &&
	timeout 20 mkdir "$mnt/held"'
lost=$(counter dropped_events)
is "$(counter expired_holds)" 1 "by its deadline"
ok "its line is dropped, too ($lost)" test "$lost" -gt "$first"
events_settle
is "$(($(counter evidence_dropped) - no_evidence))" 20 "no evidence is kept"

rm -f "$small/ballast" "$small/more"
differ
events_settle
is "$(($(counter evidence_dropped) - no_evidence))" 40 \
	"nor is it with so little room"
ok "a mark finds room" control mark text=found
ok "all lines are JSON" all_lines_are_json
is "$(jq -s 'map(select(.event == "dropped").count) | add' "$events")" "$lost" \
	"the log says how many are missing: $lost"
is "$(missing_numbers)" "$lost" "so many numbers are"
is "$(event_lines '.event == "dropped"' | jq -r .reason | sort -u)" \
	'No space left on device' "and why"
is "$(grep -c 'not in the log' "$log")" 1 "the daemon's log says it once"

fill
ok "again" marks 300
ok "unmounted with the disk full" umount_pinfs
ok "all lines are JSON then" all_lines_are_json
rm -f "$small/ballast"
mount_pinfs -o "$options"
ok "the bytes are right" same_bytes
is "$(counter media_blocks)" 0 "nothing was accused"
