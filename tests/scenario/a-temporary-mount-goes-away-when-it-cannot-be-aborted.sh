#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a user's temporary mount, its daemon and the daemon's supervisor
#           killed, goes away with its directory although fusectl is not mounted,
#           so that the user cannot abort anything.
# Refuted by: a mount or a directory that is left.
# Proof of coverage: "pinctl abort" says that it cannot; the mount is still there
#                    when both processes have been killed.
. "$srcdir/tests/lib/pinfs.sh"
require_user nobody
require_fuse
require_prog jq unshare fusermount3
[ -u "$(command -v fusermount3)" ] ||
	skip_all "needs a set-user-ID fusermount3"
plan 5

chmod 755 "$tmp"
setpriv --reuid=nobody --clear-groups test -x "$tmp" ||
	skip_all "needs a TMPDIR that nobody can reach"
mkdir "$tmp/bin" "$tmp/runs" "$tmp/control"
cp "$(command -v pinfs)" "$(command -v pinctl)" "$tmp/bin"
chown nobody "$tmp/runs" "$tmp/control"
if ! setpriv --reuid=nobody --regid=65534 --clear-groups \
	sh -c 'exec 3<>/dev/fuse' 2>/dev/null; then
	undo_with chmod "$(stat -c %a /dev/fuse)" /dev/fuse
	chmod 666 /dev/fuse
fi

# A mount namespace without fusectl, kept by a process that ends with the test.
# shellcheck disable=SC2016
unshare -m sh -c 'while umount /sys/fs/fuse/connections 2>/dev/null; do :; done
	echo ready >"$1"; exec tail -f --pid="$2" /dev/null' \
	sh "$tmp/ready" $$ &
keeper=$!
# end PID - if it is still there.
end() {
	kill -9 "$1" 2>/dev/null || true
}
undo_with end "$keeper"
wait_for test -s "$tmp/ready"

nobody() {
	nsenter -t "$keeper" -m setpriv --reuid=nobody --regid=65534 \
		--clear-groups env -C / XDG_RUNTIME_DIR="$tmp/control" \
		TMPDIR="$tmp/runs" PATH="$tmp/bin:$PATH" "$@"
}
find_mount() {
	point=$(awk -v dir="$tmp/runs/" 'index($5, dir) == 1 { print $5 }' \
		"/proc/$keeper/mountinfo")
	[ -n "$point" ]
}
busy() {
	[ "$(nobody pinctl gate "$1" status | jq '.counters.holds')" -gt 2 ]
}
not_mounted() {
	! find_mount
}
nothing_left() {
	[ -z "$(find "$tmp/runs" -mindepth 1)" ]
}
# supervisor_of PID - the child with that name.
supervisor_of() {
	local child
	for child in $(<"/proc/$1/task/$1/children"); do
		[ "$(<"/proc/$child/comm")" != pinfs-superv ] || echo "$child"
	done
}

nobody timeout 100 pinctl run --repeat=1000000 store@writeback \
	>"$tmp/out" 2>&1 &
run=$!
undo_with end "$run"
wait_for find_mount
wait_for busy "$point"
daemon=$(nobody pinctl gate "$point" status | jq .pid)
guard=$(awk '/^PPid:/ { print $2 }' "/proc/$daemon/status")
supervisor=$(supervisor_of "$daemon")
client=$(awk '/^PPid:/ { print $2 }' "/proc/$guard/status")
is "$(<"/proc/$guard/comm") $(<"/proc/$client/comm")" 'pinctl-guard pinctl' \
	"the mount is guarded"
not_ok "nobody can abort it" nobody pinctl abort "$point"
kill -9 "$supervisor"
kill -9 "$daemon"
ok "the daemon and its supervisor are dead, and the mount is there" find_mount
kill -9 "$client"
ok "the mount point is freed" wait_for -t 30 not_mounted
ok "and the directory removed" wait_for -t 30 nothing_left
