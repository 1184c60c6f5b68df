#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a file without a name that is still open can be read, written,
#           changed, truncated and opened again, also after another file was
#           moved over it, and also when the daemon has no descriptor of its own
#           left for it; and when it is closed its room comes back.
# Refuted by: an error, or bytes or attributes of another file.
# Proof of coverage: the link count is 0; the cache of descriptors has been
#                    filled by other files in between.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
plan 15

# use_nameless WHAT FD - what one can do with it; six checks.
use_nameless() {
	local what=$1 file=/proc/self/fd/$2
	is "$(stat -L -c %h "$file")" 0 "$what: it has no name"
	is "$(cat "$file")" "old bytes" "it is read"
	printf 'new' >&"$2"
	is "$(cat "$file")" "new bytes" "it is written"
	truncate -s 6 "$file"
	is "$(cat "$file")" "new by" "it is truncated"
	chmod 640 "$file"
	touch -d @1000000000 "$file"
	is "$(stat -L -c '%a %Y %s' "$file")" "640 1000000000 6" \
		"its attributes are changed"
	printf 'appended' >>"$file"
	is "$(cat "$file")" "new byappended" "it is opened again and appended to"
}

mount_pinfs
printf 'old bytes' >"$mnt/removed"
printf 'old bytes' >"$mnt/replaced"
printf 'other' >"$mnt/other"
exec 5<>"$mnt/removed" 6<>"$mnt/replaced"
rm "$mnt/removed"
mv "$mnt/other" "$mnt/replaced"
mkdir "$mnt/many"
(cd "$mnt/many" && seq 1500 | xargs touch)
ls -l "$mnt/many" >/dev/null

use_nameless removed 5
use_nameless replaced 6
is "$(cat "$mnt/replaced")" other "the file in its place is another"
exec 5>&- 6>&-
ok "only what has a name is left" \
	test "$(find "$src" -path "$src/.pinfs" -prune -o -type f -print |
		wc -l)" -eq 1501
ok "unmounted" umount_pinfs
