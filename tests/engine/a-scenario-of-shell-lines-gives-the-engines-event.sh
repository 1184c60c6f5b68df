#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: dio-read@writeback put together from "pinctl client" and "pinctl
#           gate" lines gives the same event as "pinctl run" does: the same
#           block, range, checksums, origin and cause, given the same content.
# Refuted by: a key that differs, or a second event.
# Proof of coverage: each of the two makes exactly one event; the checksums of
#                    the event are those of the two contents, which are asked for
#                    separately.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 7
# Who it was is looked for in a time of its own, and that shows in the cause.
mount_pinfs -o suspects=off,trace=off

# The keys that must be the same, of the only event since the last call.
seen=0
the_event() {
	event_lines ".event == \"unstable\" and .seq > $seen" | jq -c '{path,
		block, offset, length, arrival, recheck, changed, origin, cause}'
	seen=$(tail -n 1 "$events" | jq .seq)
}

ok "pinctl run" pinctl run --mnt="$mnt" dio-read@writeback
the_event >"$tmp/engine"
is "$(wc -l <"$tmp/engine")" 1 "it makes one event"

# The content names its file, so the files must have the same names.
target=$(jq -r '.path[1:]' "$tmp/engine")
bytes_from=${target%.t}.s

client_start
step create fd=s "path=$bytes_from" size=4k gen=7
step digest fd=s len=4k
new=${answer#*digest=}
step close fd=s
step open fd=s "path=$bytes_from" mode=r direct
step create fd=t "path=$target" size=4k gen=1
step map mem=m fd=t len=4k
step store mem=m len=4k gen=2
step digest mem=m len=4k
old=${answer#*digest=}
reads=$(pinctl gate -q "$mnt" hold op=read "path=/$bytes_from")
writes=$(pinctl gate -q "$mnt" hold op=write "path=/$target" at=reply count=1)
step pread fd=s off=0 len=4k into=m '&'
pinctl gate "$mnt" wait "id=$reads" >&2
step sync-range fd=t
pinctl gate "$mnt" wait "id=$writes" >&2
pinctl gate "$mnt" release "id=$reads" >&2
step wait
pinctl gate "$mnt" release "id=$writes" >&2
pinctl gate "$mnt" clear >&2
step fsync fd=t
ok "no step has failed" client_end

the_event >"$tmp/shell"
is "$(wc -l <"$tmp/shell")" 1 "the lines make one event"
is "$(<"$tmp/shell")" "$(<"$tmp/engine")" "the same one"
is "$(jq -c '[.arrival, .recheck]' "$tmp/shell")" "[\"$old\",\"$new\"]" \
	"its checksums are those of the old and the new content"
is "$(block-digests "$src/$target")" "0 $new" "SOURCE has the new one"
