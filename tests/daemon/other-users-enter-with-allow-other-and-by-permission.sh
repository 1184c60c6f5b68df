#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: without allow_other no other user gets into the mount; with
#           allow_other and default_permissions the permissions of SOURCE's files
#           decide, and what another user makes belongs to that user.
# Refuted by: an access that should have failed, or the reverse; another owner.
# Proof of coverage: the same commands as the other user in SOURCE itself.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_user nobody
require_fuse
plan 16
chmod 755 "$tmp"
setpriv --reuid=nobody --clear-groups test -x "$tmp" ||
	skip_all "needs a TMPDIR that nobody can reach"

nobody() {
	setpriv --reuid=nobody --regid=65534 --clear-groups "$@"
}

fill() {
	mkdir -m 1777 "$1/open"
	mkdir -m 755 "$1/closed"
	(umask 022 && echo public >"$1/public")
	(umask 077 && echo private >"$1/private")
}

mount_pinfs
fill "$src"
not_ok "without allow_other nobody cannot look" nobody ls "$mnt"
not_ok "nor read" nobody cat "$mnt/public"
umount_pinfs

mount_pinfs -o allow_other,default_permissions
for dir in "$src" "$mnt"; do
	where=$([ "$dir" = "$mnt" ] && echo "the mount" || echo SOURCE)
	ok "in $where: nobody can look" nobody ls "$dir"
	ok "read what is public" nobody cat "$dir/public"
	not_ok "not what is private" nobody cat "$dir/private"
	not_ok "not write what belongs to root" \
		nobody sh -c 'echo x >"$1"' sh "$dir/public"
	not_ok "not make a file in a directory of root" \
		nobody touch "$dir/closed/file"
	ok "make one where everybody may" nobody touch "$dir/open/$$-$where"
done
is "$(stat -c %u:%g "$src/open/$$-the mount")" 65534:65534 \
	"that one belongs to nobody"
umount_pinfs
pass "unmounted"
