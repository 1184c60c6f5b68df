#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the scenario in README.md, run as it stands there, ends well, leaves
#           no mount, and prints the event that is shown below it.
# Refuted by: a status other than 0, another event or none, a mount left behind.
# Proof of coverage: the block is found and has the lines that matter; the event
#                    is looked for in what it printed.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_fusectl
require_prog jq
plan 7

# block NAME - the first fenced block after the comment NAME.
block() {
	awk -v start="<!-- $1 -->" '
		$0 == start { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside' "$srcdir/README.md"
}

# without_times - of event lines: what is the same each time.
without_times() {
	jq -c 'del(.window_us)'
}

mounts() {
	awk -v top="$tmp/" 'index($5, top) == 1 { print $5 }' \
		/proc/self/mountinfo
}

abort_mounts() {
	local dir
	mounts | while read -r dir; do
		pinctl abort "$dir"
	done
}

block scenario >"$tmp/scenario"
block event >"$tmp/event"
ok "the scenario is found" grep -q 'pinctl client' "$tmp/scenario"
ok "it has about ten lines" test "$(wc -l <"$tmp/scenario")" -le 14
ok "the event is found" jq -e .block "$tmp/event"

mount_pinfs
live=$(gate status | jq -r .live)
umount_pinfs
if [ "$live" != proven ]; then
	skip 4 "this kernel hands out copies: live is $live"
	exit 0
fi

undo_with abort_mounts
mkdir "$tmp/work"
status=0
TMPDIR=$tmp/work timeout 60 bash -eu "$tmp/scenario" >"$tmp/out" 2>"$tmp/err" ||
	status=$?
cat "$tmp/out" "$tmp/err" >&2
is "$status" 0 "it ends well"
is "$(grep '^{"path"' "$tmp/out" | without_times)" \
	"$(without_times <"$tmp/event")" "it prints the event of README.md"
is "$(grep -c ' fail ' "$tmp/out")" 0 "no step fails"
is "$(mounts)" '' "no mount is left"
