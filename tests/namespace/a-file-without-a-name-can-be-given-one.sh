#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: O_TMPFILE makes a file without a name, which can be written and then
#           linked into the mount; with O_EXCL it cannot be linked.
# Refuted by: an error, other content, or a name that was there before.
# Proof of coverage: the same calls beside SOURCE.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
if [ "$(name-calls tmpfile "$tmp" text "$tmp/probe")" != ok ]; then
	skip_all "needs O_TMPFILE in $tmp"
fi
plan 8

mount_pinfs
mkdir "$mnt/dir"
is "$(name-calls tmpfile "$mnt/dir" text "$mnt/named")" ok \
	"it is made and linked"
is "$(cat "$mnt/named")" text "it has its bytes"
is "$(ls -A "$mnt/dir")" '' "nothing was left where it was made"
is "$(stat -c '%h %a' "$mnt/named")" "1 640" "it has one name"
is "$(name-calls tmpfile "$mnt" text "$mnt/named")" EEXIST \
	"a name that is there is not replaced"
is "$(name-calls tmpfile "$mnt" text "$mnt/never" excl)" \
	"$(name-calls tmpfile "$tmp" text "$tmp/never" excl)" \
	"with O_EXCL it gets none"
ok "unmounted" umount_pinfs
is "$(cat "$src/named")" text "SOURCE has it"
