#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the shortest ways in which the protocols "today" and "none" of src/model
#           are unstable are ways of this kernel: as a schedule they make the event
#           each time, and the scenario that is named for each takes the same steps
#           in the same order.
# Refuted by: a schedule that goes otherwise; another order of pin, window, bytes,
#             and recheck in the scenario.
# Proof of coverage: the same schedule with the bytes coming after the recheck fails
#                    for want of the event.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/model.sh"
require_fuse
require_prog jq
plan 8

mount_pinfs
if [ "$(gate status | jq -r .live)" != proven ]; then
	skip 8 "this kernel hands out copies"
	exit 0
fi

# model_order PROTOCOL - pin, window, bytes, recheck, in the order of its timeline.
model_order() {
	"$check" -t "$1" stable | awk '
	/ pins the page / { print "pin" }
	/ the window opens/ { print "window" }
	/ (pinner|writer): writes content/ { print "bytes" }
	/ writeback: recheck/ { print "recheck" }'
}

# run_order SCENARIO - the same of its run: the READ that waits has the pin, the
# WRITE that waits is the window, its release comes before the recheck. A scenario
# that is run a second time, to be sure, is looked at once.
run_order() {
	pinctl run -v "$1" 2>&1 >/dev/null | awk '
	/^# phase: probe/ { runs++ }
	runs > 1 { next }
	/^# control: hold op=read/ { want = "pin" }
	/^# control: hold op=write/ { want = "window" }
	/^# control: wait id=/ {
		sub(/.*id=/, "")
		is[$1 + 0] = want
		print want
	}
	/^# control: release id=/ {
		sub(/.*id=/, "")
		print is[$1 + 0] == "pin" ? "bytes" : "recheck"
	}
	/^# writer: write fd=t/ { print "bytes" }'
}

rounds=$(full 200 5)
for protocol in today none; do
	scenario=$("$check" -t "$protocol" stable |
		sed -n 's/.*on a kernel: pinctl run //p')
	"$check" -s "$protocol" stable >"$tmp/$protocol"
	cat "$tmp/$protocol" >&2
	exits 0 "$protocol: the schedule is as it says, each time" \
		pinctl replay --repeat="$rounds" --timeout=20s "$mnt" \
		"$tmp/$protocol"
	is "$(run_order "$scenario")" "$(model_order "$protocol")" \
		"$protocol: $scenario takes the same steps"
done
is "$(event_count '.event == "unstable"')" "$((2 * rounds))" \
	"each round made one event"

# The bytes after the recheck: the two releases change their places.
sed -e 's/^release name=read$/RELEASE/' -e 's/^release name=write$/release name=read\njoin pin/' \
	-e '/^join pin$/d' -e 's/^RELEASE$/release name=write/' \
	"$tmp/today" >"$tmp/late"
not_ok "the schedule was changed" cmp -s "$tmp/today" "$tmp/late"
exits 1 "with the bytes after the recheck it fails" \
	pinctl replay --timeout=20s "$mnt" "$tmp/late"
not_ok "where no kernel can be driven there is no schedule" \
	"$check" -s lock-unmap-check progress
