#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: unmounting and mounting the same SOURCE again at once works, 50 times
#           in a row (10 in the short form), although umount(8) returns before
#           the daemon has ended; what was written before is there.
# Refuted by: a start that fails, another content, a daemon that is left.
# Proof of coverage: the daemons are started in the background, and nobody waits
#                    for their end; all their process ids differ.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
rounds=$(full 50 10)
plan 4
mount_pinfs
umount_pinfs

pids=$tmp/pids
lines=0
for ((round = 1; round <= rounds; round++)); do
	timeout 60 pinfs "$src" "$mnt" 2>>"$log"
	adopt_pinfs @main "$src" "$mnt" "$(gate status | jq .pid)"
	echo "$daemon_pid" >>"$pids"
	lines=$(grep -c '' "$mnt/file" 2>/dev/null) || true
	[ "${lines:-0}" -eq $((round - 1)) ] || break
	echo "round $round" >>"$mnt/file"
	umount "$mnt"
	watchdog_stop main
done
is "$((round - 1))" "$rounds" "mounted and unmounted $rounds times"
is "$(tail -n 1 "$src/file")" "round $rounds" "each round wrote its line"
is "$(sort -u "$pids" | grep -c '')" "$rounds" "each by a daemon of its own"
all_gone() {
	local pid
	while read -r pid; do
		process_gone "$pid" || return
	done <"$pids"
}
ok "and none of them is left" wait_for all_gone
