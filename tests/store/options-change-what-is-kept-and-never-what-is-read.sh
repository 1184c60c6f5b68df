#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what is written with csum=off is unverified later, and what was not
#           written is not; verify=report reads what does not match and says so,
#           verify=off says nothing; with each policy= a file that nobody changes
#           under writeback is what was written, and protected.
# Refuted by: other bytes, a block accused that was written with csum=off.
# Proof of coverage: the lists of blocks; all others are flipped as well.
. "$srcdir/tests/lib/store.sh"
require_fuse
require_prog jq
plan 23

mount_pinfs -o cache=none
put file 0 20000
ok "with csum=off" remount -o cache=none,csum=off
put file 4096 4096
put file 9000 10
both truncate -s 18000 @/file
put new 0 5000
is "$(checksum_files | wc -l)" 1 "a new file has no checksums"
ok "with csum=on" remount -o cache=none
ok "the bytes" cmp "$mnt/file" "$want/file"
ok "what was not changed is protected" protected file 0 3
ok "and nothing of the new file" protected new
put file 8192 4096
ok "what is written now is" protected file 0 2 3

: >"$events"
flip file 0 3
ok "with verify=report" remount -o cache=none,verify=report
ok "all can be read" cat "$mnt/file"
is "$(accused file)" "0 3" "and is accused"
: >"$events"
ok "with verify=off" remount -o cache=none,verify=off
ok "all can be read" cat "$mnt/file"
is "$(accused file)" "" "and nothing is accused"
flip file 0 3
ok "with verify=fail" remount -o cache=none
is "$(bad_blocks file)" "" "all matches"

for policy in report rewrite fail zerocopy; do
	ok "with policy=$policy" remount -o "cache=writeback,policy=$policy"
	put "$policy" 0 70000
	put "$policy" 4000 3000
	sync "$mnt/$policy"
	both truncate -s 69000 "@/$policy"
	remount -o cache=none
	if ! cmp "$mnt/$policy" "$want/$policy" >&2; then
		fail "policy=$policy is right and protected"
		continue
	fi
	ok "policy=$policy is right and protected" \
		protected "$policy" {0..16}
done
