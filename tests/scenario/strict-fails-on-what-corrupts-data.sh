#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --strict makes a bad verdict fail that is known and otherwise
#           accepted; what is good passes; the exit status says which.
# Refuted by: any other exit status.
# Proof of coverage: the same scenario passes without --strict; whether it is
#                    bad on this kernel is taken from its own result.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 6
export TMPDIR=$tmp

ok "store@writeback passes" pinctl run --strict store@writeback
exits 0 "dio-read@writeback is as known" \
	eval "pinctl run --json dio-read@writeback >'$tmp/plain'"
verdict=$(jq -r 'select(.scenario) | .verdict' "$tmp/plain")
like "$verdict" '^(UNSTABLE|HIDDEN)$' "it has a verdict"

wanted=0
[ "$verdict" != UNSTABLE ] || wanted=1
exits "$wanted" "with --strict the status follows the verdict" \
	eval "pinctl run --json --strict dio-read@writeback >'$tmp/strict'"
is "$(jq -r 'select(.scenario) | .verdict' "$tmp/strict")" "$verdict" \
	"the verdict is the same"
exits "$wanted" "one bad scenario among good ones is enough" \
	pinctl run --strict dio-read@writeback '*@after-writeback'
