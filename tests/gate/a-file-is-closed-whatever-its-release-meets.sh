#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: RELEASE and RELEASEDIR are done although an error is injected, at
#           either point: the daemon has as many open descriptors afterwards as before.
# Refuted by: a descriptor left.
# Proof of coverage: the event of each injection; while a RELEASE is held its
#                    file is seen to be open.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 12

# descriptors - of these files, but O_PATH ones, which are kept. The links begin
# at the mount that SOURCE is on, as the daemon sees it.
descriptors() {
	find "/proc/$daemon_pid/fd" -lname '*/release*' -perm -u+r | wc -l
}

none_open() {
	[ "$(descriptors)" = 0 ]
}

mount_pinfs
one-call prepare "$src" >&2
is "$(descriptors)" 0 "nothing is open"
for op in release releasedir; do
	for at in arrive reply; do
		id=$(gate inject "op=$op" "at=$at" error=EIO | jq .id)
		is "$(one-call "$op" "$mnt")" ok "nobody is told of the error"
		wait_for has_event ".event == \"injected\" and .gate == $id" || true
		is "$(event_count ".gate == $id and .at == \"$at\"")" 1 \
			"error=EIO at=$at: done to $op"
		gate clear >&2
	done
done
ok "all are closed" wait_for -t 3 none_open


gate hold op=release deadline=20s >&2
one-call release "$mnt" >&2
gate wait timeout=5s >&2
ok "a file whose RELEASE is held is open" test "$(descriptors)" -gt 0
gate clear >&2
ok "and then closed" wait_for -t 3 none_open
