#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the daemon runs out of descriptors for live views, the WRITEs
#           that come without one are counted, the first of them is an event and
#           a line in the log, and nothing else fails: all are held, stored and
#           answered, and the changes of the others are seen.
# Refuted by: a WRITE that is neither live nor counted, a second event, an error.
# Proof of coverage: more WRITEs are held at once than descriptors are allowed,
#                    and some were live, some not.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq awk
writes=400
limit=300
plan 9
ulimit -n "$limit"
mount_pinfs -o hold_max=60s
client_start
step create fd=t path=t size=0
step truncate fd=t "len=$((writes * 8))k"

# write_all GENERATION - every second page, so that each has its own WRITE.
write_all() {
	awk -v n="$writes" -v gen="$1" 'BEGIN { for (i = 0; i < n; i++)
		print "write fd=t off=" i * 8 "k len=4k gen=" gen }' \
		>"$tmp/lines"
	steps "$tmp/lines" "$tmp/answers"
	! grep -v ' write ok ret=4096 ' "$tmp/answers" >&2
}

write_all 1
gate hold op=write path=/t at=reply deadline=60s >&2
step sync-range fd=t
gate wait held="$writes" timeout=20s >&2 || true
is "$(gate list | jq '.held | length')" "$writes" \
	"$writes WRITEs are held with $limit descriptors"
ok "all pages are changed meanwhile" write_all 2
gate clear >&2
step fsync fd=t
like "$answer" '^fsync ok ' "none fails"

copied=$(counter copied_writes)
live=$(event_count '.event == "unstable"')
diag "$copied copied, $live seen to change"
ok "some had no live view: $copied" test "$copied" -gt 0
ok "some had one: $live" test "$live" -gt 0
is $((copied + live)) "$writes" "there is nothing between"
is "$(event_lines '.event == "copied"' |
	jq -c '[.path, .length, (.reason | length > 0)]')" '["/t",4096,true]' \
	"the first is an event"
is "$(grep -c 'has no live view' "$log")" 1 "and a line in the log"
client_end
is "$(echo "open fd=t path=$src/t mode=r
$(sed 's/^write/check/; s/$/ file=t/' "$tmp/lines")" | pinctl client |
	grep -c ' check ok ret=0 ')" "$writes" "SOURCE has what was written last"
