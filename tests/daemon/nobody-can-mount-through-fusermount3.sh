#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a user without privileges can mount a directory of their own through
#           fusermount3, write through it, ask the daemon about it, and unmount;
#           a kill of the daemon frees the mount point for them, too.
# Refuted by: a start, an access or an unmount that fails; a dead mount.
# Proof of coverage: the daemon's user id; the bytes in SOURCE.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_user nobody
require_fuse
require_prog jq fusermount3 findmnt
[ -u "$(command -v fusermount3)" ] ||
	skip_all "needs a set-user-ID fusermount3"
plan 12

# Programs and directories that nobody can reach.
chmod 755 "$tmp"
setpriv --reuid=nobody --clear-groups test -x "$tmp" ||
	skip_all "needs a TMPDIR that nobody can reach"
mkdir "$tmp/bin" "$tmp/run" "$tmp/src" "$tmp/mnt"
cp "$(command -v pinfs)" "$(command -v pinctl)" "$tmp/bin"
chown nobody "$tmp/run" "$tmp/src" "$tmp/mnt"
if ! setpriv --reuid=nobody --regid=65534 --clear-groups \
	sh -c 'exec 3<>/dev/fuse' 2>/dev/null; then
	undo_with chmod "$(stat -c %a /dev/fuse)" /dev/fuse
	chmod 666 /dev/fuse
fi

nobody() {
	setpriv --reuid=nobody --regid=65534 --clear-groups env -C / \
		XDG_RUNTIME_DIR="$tmp/run" PATH="$tmp/bin:$PATH" timeout 60 "$@"
}

# serve - mount as nobody; the fusermount3 of the machine must be the one found.
serve() {
	nobody pinfs "$tmp/src" "$tmp/mnt" >&2 || return
	pid=$(nobody pinctl gate "$tmp/mnt" status | jq .pid) || return
	adopt_pinfs @main "$tmp/src" "$tmp/mnt" "$pid"
}

ok "nobody can mount" serve
is "$(stat -c %u "/proc/$pid")" 65534 "the daemon is nobody's"
like "$(findmnt -n -o FSTYPE,OPTIONS "$mnt")" 'fuse\.pinfs.*user_id=65534' \
	"so is the mount"
like "$(nobody pinctl gate "$mnt" status | jq -r '.live + ": " + .live_reason')" \
	'^(proven|hidden|off|unproven): .+' "it says what it can see"
diag "$(nobody pinctl gate "$mnt" status | jq -c '[.live, .mode]')"
ok "nobody can write" nobody sh -c \
	'seq 100000 >"$1/file" && mkdir "$1/d" && mv "$1/file" "$1/d"' sh "$mnt"
ok "and read it again" \
	cmp <(seq 100000) <(nobody cat "$mnt/d/file")
ok "SOURCE has it" cmp <(seq 100000) "$src/d/file"
not_ok "root cannot enter" ls "$mnt"
ok "nobody can unmount" nobody fusermount3 -u "$mnt"
ok "the daemon ends" wait_for process_gone "$pid"
watchdog_stop main

serve
kill -9 "$pid"
not_mounted() {
	! is_mounted "$mnt"
}
ok "after a kill the mount point is free" wait_for not_mounted
ok "and can be mounted again" serve
nobody fusermount3 -u "$mnt"
wait_for process_gone "$pid"
