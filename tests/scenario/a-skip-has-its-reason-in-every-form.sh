#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a scenario that cannot run here says why, in each form of output;
#           --quiet says nothing of it, except where a plan or a sum needs it.
# Refuted by: a form without the reason.
# Proof of coverage: a mount without page cache, whose files cannot be mapped; on
#                    another the same scenario runs, and no form has the reason.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq xmllint
plan 15
export TMPDIR=$tmp
reason='it has no page cache'

# skipped OPTION... - a run of one scenario, which is skipped; one check.
skipped() {
	exits 4 "${*:-table}: a skip" eval "pinctl run $* -o cache=none \
		store@writeback >'$tmp/out'"
}

skipped ''
like "$(awk '$2 == "SKIP"' "$tmp/out")" "$reason" "the table has the reason"
skipped --ktap
like "$(grep '^ok 1 ' "$tmp/out")" " # SKIP .*$reason" "so has KTAP"
skipped --tap=13
like "$(grep '^ok 1 ' "$tmp/out")" " # SKIP .*$reason" "so has TAP"
skipped --json
like "$(jq -r 'select(.outcome == "skipped") | .note' "$tmp/out")" "$reason" \
	"so has JSON"
skipped --junit
like "$(xmllint --xpath 'string(//testcase/skipped/@message)' "$tmp/out")" \
	"$reason" "so has JUnit"
skipped -q
is "$(<"$tmp/out")" '' "--quiet: nothing in the table"
for form in --ktap --json --junit; do
	unlike "$(pinctl run "$form" store@writeback)" "$reason" \
		"$form: not where it runs"
done
