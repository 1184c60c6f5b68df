#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run --matrix" runs each scenario in each shape that it can have,
#           and all are as known; --shape takes the same by words, a name with
#           +SHAPE runs that one only.
# Refuted by: a deviation; a shape or a scenario that is not among them; bytes that
#             change in another block than the shape's.
# Proof of coverage: each shape of the table occurs, with writers that bring bytes by
#                    address and by file; the blocks of the events are those of the
#                    places that the shapes have.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 12
export TMPDIR=$tmp

exits 0 "all are as known" eval \
	"timeout 300 pinctl run --json --matrix >'$tmp/matrix'"
is "$(jq -r 'select(.scenario) | .scenario | capture("[+](?<s>.*)").s' \
	"$tmp/matrix" | sort -u)" \
	"$(pinctl list shapes | awk '/^[a-z]/ { print $1 }' | sort)" \
	"each shape occurs"
is "$(jq -r 'select(.scenario) | .scenario | sub("[+].*"; "")' \
	"$tmp/matrix" | sort -u)" \
	"$(pinctl list @default | awk 'NR > 1 { print $1 }' | sort)" \
	"and each scenario"
is "$(jq -r 'select(.scenario) | .scenario' "$tmp/matrix" | sort | uniq -d)" '' \
	"none occurs twice"

# ran WORDS... - names of what ran
ran() {
	timeout 60 pinctl run --json "$@" | jq -r 'select(.scenario) | .scenario'
}
is "$(ran pwrite@writeback+end)" pwrite@writeback+end "a name with a shape"
is "$(ran --shape=end pwrite@writeback)" pwrite@writeback+end "an option"
is "$(ran --shape=pages=3,len=9000,skip=10 pwrite@writeback)" \
	pwrite@writeback+pages=3,len=9000,skip=10 "an option with words"
is "$(ran --shape=segments pwrite@writeback 'dio-readv2@writeback')" \
	dio-readv2@writeback+segments "who cannot have it is left out"

# The events say which blocks have changed.
mount_pinfs
blocks() {
	local from
	from=$(wc -l <"$events")
	timeout 60 pinctl run --mnt="$mnt" --json "$1" >/dev/null
	control sync >&2
	tail -n +$((from + 1)) "$events" |
		jq -r 'select(.event == "unstable") | .block' | sort -n | xargs
}
if [ "$(control status | jq -r .live)" = proven ]; then
	is "$(blocks dio-read@writeback+pages)" '0 1 2 3' "four pages"
	is "$(blocks dio-read@writeback+hole)" 4 "a page in a hole"
	is "$(blocks dio-read@writeback+across-2m)" '511 512' "across 2 MiB"
else
	skip 3 "a change cannot be seen here"
fi
exits 2 "a shape that cannot be" pinctl run --shape=pages=9 pwrite@writeback
