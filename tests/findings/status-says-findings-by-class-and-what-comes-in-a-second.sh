#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl status shows for each class how many findings there were, the
#           daemon's memory and how long it serves; --watch shows again and again
#           how much comes in a second, until the mount ends.
# Refuted by: a class that is missing, a number that is not the daemon's; no rates
#             while there are writes; a --watch that goes on without the mount.
# Proof of coverage: one class has a finding, the others none; without a load there
#                    are no rates.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 12
mount_pinfs

head -c 64k /dev/urandom >"$mnt/bad"
dd if=/dev/null of="$mnt/bad" conv=notrunc,fsync status=none
flip-bit "$src/bad" 3 1
dd if="$mnt/bad" of=/dev/null bs=4k iflag=direct 2>/dev/null || true
pinctl status "$mnt" >"$tmp/status"

# rows TITLE - the rows below it.
rows() {
	awk -v title="$1:" '$0 == title { on = 1; next } /^[^ ]/ { on = 0 } on' \
		"$tmp/status"
}
is "$(rows findings | awk '{ print $1, $2 }' | paste -sd ,)" \
	'unstable 0,media 1,lost 0,declared 0,source 0,receipt 0' \
	"findings by class"
is "$(rows doubts | awk '{ print $1, $2 }' | sort | paste -sd ,)" \
	'copied 0,dropped 0,expired 0,suppressed 0' "doubts by class"
is "$(rows counters | awk '$1 == "media_blocks:" { print $2 }')" 1 \
	"and the counters that are not zero"
like "$(<"$tmp/status")" $'\nmemory: +[0-9]+\\.[0-9] MiB\n' "memory"
like "$(<"$tmp/status")" $'\nuptime: +[0-9]+\\.[0-9]{3}s\n' "since when it serves"

if [ "$(gate status | jq -r .live)" = proven ]; then
	pinctl run --mnt="$mnt" dio-read@writeback >&2
	gate sync >&2
	pinctl status "$mnt" >"$tmp/status"
	cause=$(event_lines '.event == "unstable"' | jq -r .cause)
	is "$(rows findings | head -n 1)" "  unstable    1  (1 $cause)" \
		"unstable blocks by cause"
else
	skip 1 "this kernel hands out copies"
fi

pinctl status "$mnt" --interval=10ms >"$tmp/still"
not_ok "nothing comes, and no rate is shown" grep -q '/s)' "$tmp/still"
exits 2 "an interval that is none is refused" pinctl status "$mnt" --interval=soon
exits 2 "neither is none at all" pinctl status "$mnt" --interval=0

pinctl status "$mnt" --watch --interval=50ms >"$tmp/watched" 2>"$tmp/watched.log" &
watcher=$!
write_until_shown() {
	printf x | dd of="$mnt/new" conv=notrunc,fsync status=none
	grep -qE '^  writes: [0-9]+  \([0-9]+\.[0-9]/s\)$' "$tmp/watched"
}
ok "while something is written, its rate is shown" wait_for write_until_shown
umount_pinfs
status=0
wait "$watcher" || status=$?
is "$status" 3 "it ends with the mount"
ok "and says why" test -s "$tmp/watched.log"
