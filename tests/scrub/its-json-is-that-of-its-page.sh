#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --json prints one JSON object with the members that pinctl(1) lists
#           and no others, also for names that are not UTF-8, and for as many
#           mismatches as there are blocks; its sums add up.
# Refuted by: text that is no JSON; a member in one of the two only; sums that
#             do not.
# Proof of coverage: a mismatch is among what was printed; a planted difference
#                    is found.
. "$srcdir/tests/lib/manual.sh"
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_prog jq
plan 9
mount_pinfs
fill "$mnt/a" 1000
odd=$(printf 'not\377utf8\nand a line')
fill "$mnt/$odd" 2
scrub "$mnt"
is "$(jq -c . <<<"$found" | wc -l)" 1 "one object without mismatches"
members=$(jq -r 'keys_unsorted[]' <<<"$found")
in_page=$(manual_tags "$man/pinctl.1" 'SCRUB OUTPUT')
agree "members" "$in_page" "$members"
planted_is_found "a planted difference is found" "$in_page"

dd if=/dev/urandom of="$src/a" bs=4096 count=1000 conv=notrunc status=none
flip "$src/$odd" 1
scrub "$mnt"
is "$(jq -c . <<<"$found" | wc -l)" 1 "one object with them"
is "$(sums bad)" 1001 "all of them"
is "$(jq '.mismatches | length' <<<"$found")" 1001 "are there"
is "$(jq '[.mismatches[] | select(.offset == .block * 4096) |
	select(.stored != .found) | keys] | unique | length' <<<"$found")" 1 \
	"in one form"
is "$(mismatches | grep -c 'not\\xffutf8')" 1 "a name that is not UTF-8"
is "$(jq '.blocks == .verified + .adopted + .unverified + .untrusted + .bad' \
	<<<"$found")" true "the sums add up"
