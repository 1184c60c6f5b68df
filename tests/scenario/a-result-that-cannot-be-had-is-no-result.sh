#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: where events are only counted, a scenario gives no verdict instead
#           of a false one; where the output cannot be written the status is 3;
#           with standard descriptors closed a run works all the same.
# Refuted by: HIDDEN with event_limit=0; status 0 with the output lost; a run
#             without standard output that fails to mount.
# Proof of coverage: the same scenario is UNSTABLE with the default options.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
export TMPDIR=$tmp

# verdict OPTIONS... - of pwrite@writeback.
verdict() {
	timeout 60 pinctl run --json "$@" pwrite@writeback |
		jq -r 'select(.scenario) | .verdict'
}

if [ "$(verdict)" != UNSTABLE ]; then
	skip_all "pwrite@writeback is not UNSTABLE on this kernel"
fi
plan 6
is "$(verdict -o event_limit=0)" ERROR "without them there is none"
exits 3 "the status says so" \
	timeout 60 pinctl run -q -o event_limit=0 pwrite@writeback
exits 3 "a full disk is noticed" \
	eval 'timeout 60 pinctl run --ktap store@writeback >/dev/full'
exits 125 "so it is in the scheme of git bisect run" eval \
	'timeout 60 pinctl run --exit-scheme=bisect store@writeback >/dev/full'
exits 3 "also by list" eval 'pinctl list >/dev/full'
exits 0 "a run needs no standard descriptors" \
	eval 'timeout 60 pinctl run store@writeback <&- >&- 2>&-'
