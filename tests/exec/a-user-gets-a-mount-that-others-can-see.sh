#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a user without privileges can use pinctl exec: the mount is made by
#           fusermount3 where others see it, which is said, and it ends as a private
#           one does, also when pinctl is killed.
# Refuted by: no mount, no word about it, a remainder.
# Proof of coverage: the command is the user's, and its status and bytes arrive.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_user nobody
require_fuse
require_prog fusermount3
[ -u "$(command -v fusermount3)" ] ||
	skip_all "needs a set-user-ID fusermount3"
plan 13

# Programs and directories that nobody can reach.
chmod 755 "$tmp"
setpriv --reuid=nobody --clear-groups test -x "$tmp" ||
	skip_all "needs a TMPDIR that nobody can reach"
mkdir "$tmp/bin" "$tmp/src" "$tmp/work"
cp "$(command -v pinfs)" "$(command -v pinctl)" "$tmp/bin"
chown nobody "$tmp/src" "$tmp/work"
if ! setpriv --reuid=nobody --regid=65534 --clear-groups \
	sh -c 'exec 3<>/dev/fuse' 2>/dev/null; then
	undo_with chmod "$(stat -c %a /dev/fuse)" /dev/fuse
	chmod 666 /dev/fuse
fi
chmod 700 "$tmp/src"

# nobody_exec COMMAND... - without XDG_RUNTIME_DIR, as a service has it.
nobody_exec() {
	exec setpriv --reuid=nobody --regid=65534 --clear-groups env -C / \
		-u XDG_RUNTIME_DIR TMPDIR="$tmp/work" PATH="$tmp/bin:$PATH" \
		pinctl exec "$@"
}

ours_mounted() {
	awk -v top="$tmp/work/" 'index($5, top) == 1 { print $5 }' \
		/proc/self/mountinfo
}

none_is_left() {
	[ -z "$(ours_mounted)" ] && [ -z "$(ls -A "$tmp/work")" ]
}

status=0
(nobody_exec "$tmp/src" -- sh -c \
	'id -u; echo x >f; pinctl status . | grep ^source; exit 8') \
	>"$tmp/out" 2>"$tmp/err" || status=$?
cat "$tmp/out" "$tmp/err" >&2
is "$status $(head -n 1 "$tmp/out")" "8 $(id -u nobody)" \
	"the status is the command's, which is the user's"
ok "pinctl finds the mount from inside" grep -q "$tmp/src" "$tmp/out"
ok "it is said that others see it" grep -q 'others can see the mount' "$tmp/err"
is "$(<"$tmp/src/f")" x "what was written is in SOURCE"
ok "nothing is left" none_is_left

# Which others do while it is there.
(nobody_exec "$tmp/src" -- sh -c 'touch here; exec tail -f /dev/null') 2>"$tmp/err" &
pid=$!
wait_for test -e "$tmp/src/here"
is "$(ours_mounted | wc -l)" 1 "the mount is there for all to see"
not_ok "but not to enter, but for its user" ls "$(ours_mounted)"
ok "pinctl is killed" kill -9 "$pid"
wait_for -t 30 none_is_left || true
is "$(ours_mounted)" '' "no mount is left"
is "$(ls -A "$tmp/work")" '' "and no directory"

chmod 500 "$tmp/src"
rm -rf "$tmp/src/.pinfs"
status=0
(nobody_exec "$tmp/src" -- touch "$tmp/work/has-run") 2>"$tmp/err" || status=$?
is "$status" 3 "a SOURCE that the user may not write: 3"
ok "and a line says why" grep -q 'state directory.*Permission denied' "$tmp/err"
is "$(ls -A "$tmp/work")" '' "the command has not run, and no directory is left"
