#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whatever becomes of a test, its mount goes: when it is killed, when
#           it hangs on a request that is held, and when it just ends.
# Refuted by: a mount, a daemon or a scratch directory that stays.
# Proof of coverage: each planted test tells that its mount served, and the one
#                    that hangs that the request was held.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_fusectl
plan 10

# script LIMIT BODY - BODY as a test with a mount; sets $status, and $dir and
# $daemon of the mount. Nothing of it keeps this test's descriptors.
script() {
	status=0
	printf '%s\n' '. "$srcdir/tests/lib/pinfs.sh"' 'mount_pinfs' \
		'echo "$mnt $daemon_pid"' "$2" >"$tmp/script.sh"
	PINFS_TEST_LIMIT=$1 bash "$tmp/script.sh" >"$tmp/out" 2>"$tmp/err" ||
		status=$?
	cat "$tmp/out" "$tmp/err" >&2
	read -r dir daemon <"$tmp/out"
}

mount_gone() {
	! is_mounted "$dir"
}

script 60 'kill -9 $$'
is "$status" 137 "a test that kills itself has ended so"
ok "its mount goes" wait_for mount_gone
ok "its daemon goes" wait_for process_gone "$daemon"
rm -rf --one-file-system "${dir%/main/mnt}"

script 2 'gate hold op=lookup deadline=25s
ls "$mnt/held" &
gate wait held=1 timeout=5s && echo held
wait $!'
like "$(<"$tmp/out")" 'held' "a request of the test is held"
like "$(<"$tmp/err")" 'watchdog' "the watchdog has ended the mount"
ok "which is gone" mount_gone
ok "and its daemon" wait_for process_gone "$daemon"
not_ok "and its directory" test -e "${dir%/mnt}"

script 60 'plan 1; pass one'
is "$status" 0 "a test that just ends ends well"
ok "without its mount" mount_gone
