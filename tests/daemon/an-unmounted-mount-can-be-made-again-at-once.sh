#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: unmounting and mounting the same SOURCE again at once works, 50 times
#           in a row (10 in the short form), although umount(8) returns before
#           the daemon has ended; what was written before is there.
# Refuted by: a start that fails, another content, a daemon that is left.
# Proof of coverage: nothing comes between umount(8) and the next start; all
#                    process ids differ.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
rounds=$(full 50 10)
plan 4
mkdir "$tmp/src" "$tmp/mnt"
adopt() {
	adopt_pinfs @main "$tmp/src" "$tmp/mnt" \
		"$(pinctl gate "$tmp/mnt" status | jq .pid)"
	echo "$daemon_pid" >>"$pids"
}

pids=$tmp/pids
pinfs "$tmp/src" "$tmp/mnt"
adopt
for ((round = 1; round <= rounds; round++)); do
	echo "round $round" >>"$mnt/file"
	umount "$mnt"
	timeout 60 pinfs "$src" "$mnt" || break
	adopt
	[ "$(grep -c '' "$mnt/file")" -eq "$round" ] || break
done
umount "$mnt"
is "$((round - 1))" "$rounds" "mounted and unmounted $rounds times"
is "$(tail -n 1 "$src/file")" "round $rounds" "each round wrote its line"
is "$(sort -u "$pids" | grep -c '')" $((rounds + 1)) \
	"each by a daemon of its own"
all_gone() {
	local pid
	while read -r pid; do
		process_gone "$pid" || return
	done <"$pids"
}
ok "and none of them is left" wait_for all_gone
