#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the events and their keys are those of pinfs-events(5), and each
#           event has an example there, a line with exactly its keys.
# Refuted by: an event or key in one of the two only; an example that is no JSON
#             or has other keys; an event without an example.
# Proof of coverage: the events come from the program's own table, the number of
#                    examples is compared with it; planted differences are found.
. "$srcdir/tests/lib/manual.sh"
. "$srcdir/tests/lib/require.sh"
require_prog jq
plan 6
page=$man/pinfs-events.5

# "NAME KEY" for each key of each event of the table. An event's second line,
# which is indented, is for people.
keys_of_program() {
	pinctl list events | awk '
		/^[^ ]/ { for (i = 2; i <= NF; i++) print $1, $i }'
}

keys_of_page() {
	local event
	manual_subsections "$page" EVENTS | while read -r event; do
		manual_tags "$page" EVENTS "$event" | sed "s/^/$event /"
	done
}

# keys_of_examples - the same from the example lines, without the keys that
# every line has.
keys_of_examples() {
	manual_section "$page" EXAMPLES | manual_text | grep '^{' | jq -r --args '
		.event as $event | keys_unsorted[] |
		select(IN($ARGS.positional[]) | not) | "\($event) \(.)"' "$@"
}

in_program=$(keys_of_program)
in_page=$(keys_of_page)
mapfile -t common < <(manual_tags "$page" 'KEYS OF EVERY LINE')
agree "events and their keys" "$in_page" "$in_program"
planted_is_found "a planted difference is found" "$in_page"
ok "unstable has its checksums" grep -qx 'unstable recheck' <<<"$in_program"
is "${common[*]}" 'seq t_ns time event' "keys of every line"
agree "the examples have the keys of their events" \
	"$(keys_of_examples "${common[@]}")" "$in_program"

# A line that lacks a key that all have would have passed so far.
without=$(manual_section "$page" EXAMPLES | manual_text | grep '^{' |
	jq -c --args 'select(([$ARGS.positional[]] - keys) != [])' \
		"${common[@]}")
is "$without" '' "and those of every line"
