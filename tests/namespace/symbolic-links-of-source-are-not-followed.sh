#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the daemon follows no symbolic link of SOURCE and opens no FIFO, also
#           not one that is put in the place of something else behind its back:
#           nothing outside of SOURCE is changed through the mount.
# Refuted by: a file outside that was made, changed or touched; a hang.
# Proof of coverage: the CREATE is held while its name becomes a symbolic link;
#                    the exchanged directory is in use.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
plan 15

mkdir "$tmp/outside"
echo secret >"$tmp/outside/file"
touch -d @1000000000 "$tmp/outside/file"
ln -s "$tmp/outside/file" "$tmp/link"
outside=$(stat -c '%n %u %a %s %Y' "$tmp/outside"/*)

mount_pinfs
# What is done to a symbolic link is done to it.
ln -s "$tmp/outside/file" "$mnt/link"
is "$(readlink "$mnt/link")" "$tmp/outside/file" "it is a symbolic link"
chown -h 12:34 "$mnt/link"
touch -h -d @5 "$mnt/link"
is "$(stat -c '%u:%g %Y' "$src/link")" "12:34 5" \
	"owner and time of the link itself are changed"
if setfattr -h -n trusted.test -v x "$tmp/link"; then
	ok "so are its attributes" setfattr -h -n trusted.test -v x "$mnt/link"
else
	skip 1 "no extended attributes on symbolic links in $tmp"
fi
not_ok "the file outside has none" \
	getfattr -h -n trusted.test "$tmp/outside/file"
ok "it gets a second name" ln -P "$mnt/link" "$mnt/second"
is "$(stat -c '%h %F' "$src/second")" "2 symbolic link" "as a symbolic link"

# A directory in use is exchanged for a symbolic link.
mkdir "$mnt/dir"
echo text >"$mnt/dir/file"
mv "$src/dir" "$src/moved"
ln -s "$tmp/outside" "$src/dir"
echo changed >"$mnt/dir/file"
echo new >"$mnt/dir/new"
rm "$mnt/dir/file"
is "$(ls -A "$tmp/outside")" file "nothing was made or removed outside"
is "$(cat "$src/moved/new")" new "it was done where the directory is now"

# A name becomes a symbolic link, or a FIFO, while its CREATE is on the way.
# create_over COMMAND... - with the CREATE of /new held; the error is in $error.
create_over() {
	local pid
	gate hold op=create path=/new deadline=20s >/dev/null
	(echo text >"$mnt/new") 2>"$tmp/error" &
	pid=$!
	gate wait held=1 timeout=10s >/dev/null || return
	"$@"
	gate clear >/dev/null
	! wait "$pid"
}

ok "a CREATE onto a symbolic link fails" \
	create_over ln -s "$tmp/outside/made" "$src/new"
like "$(cat "$tmp/error")" 'symbolic links' "because it is one"
not_ok "nothing was made" test -e "$tmp/outside/made"
rm "$src/new"
ok "a CREATE onto a FIFO fails" create_over mkfifo "$src/new"
like "$(cat "$tmp/error")" 'No such device' "and does not wait for a reader"

is "$(stat -c '%n %u %a %s %Y' "$tmp/outside"/*)" "$outside" \
	"nothing outside has changed"
umount_pinfs
pass "unmounted"
