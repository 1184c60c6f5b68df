#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the table in README.md has the scenarios and verdicts that the run
#           which it names prints, on a kernel with the capabilities that it was
#           made on; what can run on one machine only (SKIP) is left out.
# Refuted by: a scenario or verdict in one of the two only.
# Proof of coverage: neither list is empty; a planted difference is found.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/manual.sh"
require_root
require_fuse
plan 3

# rows - "SCENARIO VERDICT" of a table on standard input.
rows() {
	awk '$1 ~ /@/ { print $1, $2 }'
}

readme_rows() {
	sed -n '/^<!-- table -->$/,/^<!-- end of table -->$/p' \
		"$srcdir/README.md" | rows
}

# The verdicts of the table are known for a kernel that shows live pages and
# whose write(2) does not wait.
doctor=$(pinctl doctor) || true
diag "${doctor//$'\n'/$'\n# '}"
for capability in 'live-writeback yes' 'write-waits no'; do
	read -r name wanted <<<"$capability"
	found=$(awk -v name="$name" '$1 == name { print $2 }' <<<"$doctor")
	[ "$found" = "$wanted" ] || skip_all \
		"the table is for $name $wanted, here it is ${found:-unknown}"
done

status=0
pinctl run '*@writeback' >"$tmp/run" || status=$?
cat "$tmp/run" >&2
is "$status" 0 "all scenarios are as known"
skipped=$({ readme_rows; rows <"$tmp/run"; } |
	awk '$2 == "SKIP" { print "^" $1 " " }')
# common - of standard input: rows of what has run on both machines.
common() {
	grep -vf <(printf '%s\n' "${skipped:-^$}")
}
agree "scenarios and verdicts" "$(readme_rows | common)" \
	"$(rows <"$tmp/run" | common)"
planted_is_found "a planted difference is found" "$(readme_rows | common)"
