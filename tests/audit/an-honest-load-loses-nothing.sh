#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl audit accuses no block of files that are being written,
#           mapped, truncated, punched and written by O_DIRECT, neither
#           while that goes on nor afterwards, with pages dirty, under writeback,
#           and changed there by write(2).
# Refuted by: a lost block; an audit after the load that cannot decide, or ends
#             otherwise than with 0.
# Proof of coverage: blocks differed at first looks, and had to be looked at
#                    again; blocks were unstable; audits ended during the load.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
rounds=$(full 100 10)
plan 7
mount_pinfs -o window=2ms
suspects=0 during=0 bad=0 loads=0

# audit ALLOWED - one audit of the mount; its status must be one of ALLOWED.
audit() {
	local status=0
	pinctl audit "$mnt" --json --tries=5 >"$tmp/audit" || status=$?
	if [[ " $1 " != *" $status "* ]]; then
		diag "status $status"
		diag "$(cat "$tmp/audit")"
		bad=$((bad + 1))
	fi
	suspects=$((suspects + $(jq 'select(.summary) | .summary.suspects' \
		"$tmp/audit")))
}

for ((round = 0; round < rounds; round++)); do
	honest-load "$mnt/a" 300 "$round" &
	a=$!
	honest-load "$mnt/b$((round % 3))" 300 $((round + 500)) &
	b=$!
	while ! process_gone "$a" || ! process_gone "$b"; do
		audit '0 3'
		during=$((during + 1))
	done
	if wait "$a" && wait "$b"; then
		loads=$((loads + 1))
	fi
	audit 0
done
diag "$during audits during the load, $suspects suspects"
is "$loads" "$rounds" "each load did all it wanted"
is "$bad" 0 "no audit accused anybody, and all was decided in the end"
is "$(counter lost_blocks)" 0 "nothing is counted as lost"
is "$(event_count '.event == "lost"')" 0 "there is no such event"
ok "audits ended during the load" test "$during" -ge "$rounds"
ok "blocks were suspect first" test "$suspects" -gt "$rounds"
ok "blocks were unstable" test "$(counter unstable_blocks)" -gt 0
diag "unstable $(counter unstable_blocks), settled $(counter settled_blocks)," \
	"waiting $(control status | jq .unsettled_blocks)"
