#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: holes cost nothing: a file of a tebibyte with two blocks of data is
#           scrubbed, and adopted, at once, on a mount and offline.
# Refuted by: a run that needs as long as reading would (here: 20 s); blocks
#             that are not found; a state directory that grows with the size.
# Proof of coverage: a flip in the last block of it is found.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_prog jq timeout
plan 7
last=$(((1 << 28) - 2))
mkdir -p "$tmp/main/src"
truncate -s 1T "$tmp/main/src/t" ||
	skip_all "needs a filesystem with files of a tebibyte"
for block in 5 "$last"; do
	dd if=/dev/urandom of="$tmp/main/src/t" bs=4096 seek="$block" count=1 \
		conv=notrunc,fsync status=none
done

# at_once ARGUMENT... - scrub within the limit; sums as above.
at_once() {
	scrub_for 20 "$@"
}
scrub_for() {
	local limit=$1
	shift
	status=0
	found=$(timeout "$limit" pinctl scrub --json "$@") || status=$?
	[ "$status" -le 1 ]
}

ok "adopted offline" at_once --adopt "$tmp/main/src"
is "$(sums files blocks adopted)" '1 2 2' "two blocks"
mount_pinfs
ok "compared on a mount" at_once "$mnt"
is "$(sums files blocks verified)" '1 2 2' "two blocks"
flip "$src/t" "$last"
at_once "$mnt"
is "$status $(sums bad)" '1 1' "a flip in the last of them is found"
is "$(mismatches | cut -d ' ' -f 1,2)" "/t $last" "where it is"
ok "the checksums are sparse, too" test \
	"$(du -sk "$src/.pinfs" | cut -f 1)" -lt 1024
