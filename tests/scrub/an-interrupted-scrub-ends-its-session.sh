#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: SIGTERM ends an offline scrub with status 3 and its session in order,
#           so that what was known of the files is not lost.
# Refuted by: a session that counts as crashed; another status; files that are
#             accused afterwards although they were changed behind pinfs's back.
# Proof of coverage: it cannot have come to its end, because nobody reads what it
#                    says; a session that is killed is seen not to have ended.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_prog jq
plan 7
mount_pinfs
for i in {1..1500}; do
	echo "$i" >"$mnt/f$i"
done
umount_pinfs
# 1500 lines that say so do not fit a pipe.
touch "$src"/f*
mkfifo "$tmp/out"

# last_session - flags of the last record: 3 is ended, and on the disk.
last_session() {
	tail -c 32 "$src/.pinfs/csum/sessions" | od -An -tu4 -j 16 -N 4 |
		tr -d ' '
}

# end_by SIGNAL - start a scrub and send it that; its status in $code.
end_by() {
	local pid reader
	pinctl scrub "$src" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	exec {reader}<"$tmp/out"
	wait_for grep -qsx "process $pid, pinctl scrub" "$src/.pinfs/lock"
	kill -"$1" "$pid"
	{ kill -0 "$pid" && cat <&"$reader"; } >/dev/null 2>&1 || true
	code=0
	wait "$pid" 2>/dev/null || code=$?
	exec {reader}<&-
}

is "$(last_session)" 3 "the mount has ended in order"
end_by TERM
is "$code" 3 "a signal: status 3"
is "$(last_session)" 3 "and its session has ended in order"
like "$(cat "$tmp/err")" "'$src' was not scrubbed to the end" "it says so"
scrub "$src"
is "$status $(sums files bad)" '0 1500 0' "the next one goes on"
ok "with what was left" test "$(sums changed_files)" -gt 0
touch "$src"/f*
scrub --adopt "$src"
touch "$src"/f*
end_by KILL
is "$(last_session)" 0 "a session that is killed has not ended"
