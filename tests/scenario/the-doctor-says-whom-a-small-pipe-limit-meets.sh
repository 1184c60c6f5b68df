#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a pipe-max-size that is too small for a request pipe costs a user's
#           mount its live view, and "pinctl doctor" says so to a user; root is
#           told that it is a limit for users.
# Refuted by: another consequence, or none.
# Proof of coverage: another file lies over that of the sysctl, in a mount
#                    namespace of the test's own; its value is shown. With a
#                    large one nothing is said.
. "$srcdir/tests/lib/pinfs.sh"
require_user nobody
require_fuse
require_prog unshare
plan 4

chmod 755 "$tmp"
setpriv --reuid=nobody --clear-groups test -x "$tmp" ||
	skip_all "needs a TMPDIR that nobody can reach"
cp "$(command -v pinctl)" "$tmp/pinctl"
mkdir "$tmp/run"
chown nobody "$tmp/run"
echo 65536 >"$tmp/small"
echo 1048576 >"$tmp/large"

# doctor FILE COMMAND... - the line about the limit with that file for it. No
# mount is needed for it: PINFS is a program that fails.
doctor() {
	local file=$1
	shift
	unshare -m sh -c 'mount --bind "$1" /proc/sys/fs/pipe-max-size &&
		shift && exec "$@"' sh "$file" env -C / TMPDIR="$tmp/run" \
		PINFS=/bin/false timeout 60 "$@" "$tmp/pinctl" doctor \
		2>"$tmp/err" >"$tmp/out" || true
	cat "$tmp/out" "$tmp/err" >&2
	grep ^pipe-max-size "$tmp/out"
}
user=(setpriv --reuid=nobody --regid=65534 --clear-groups)

like "$(doctor "$tmp/small" "${user[@]}")" ' 65536 .*no live view' \
	"a user is told that there is no live view"
like "$(doctor "$tmp/small" env)" ' 65536 .*for users only' \
	"root is told that the limit is for users"
is "$(doctor "$tmp/large" "${user[@]}" | awk '{ print NF, $2 }')" '2 1048576' \
	"a large one means nothing to a user"
is "$(doctor "$tmp/large" env | awk '{ print NF, $2 }')" '2 1048576' \
	"nor to root"
