#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl stage snapshot copies the image with what has been stored and
#           nothing else, while requests are held or receiving is paused, from
#           inside the stage and from outside, and lets held what is held.
# Refuted by: bytes of a WRITE that waits before the store, none of one that waits
#             behind it, a snapshot that waits, a pause that stays or ends.
# Proof of coverage: the same pattern is looked for in all snapshots, and found in
#                    those where it must be.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/exec.sh"
. "$srcdir/tests/lib/stage.sh"
require_stage ext4
require_prog jq e2fsck
plan 14

# A file of one block with the letter; dd of one waits in the device's WRITE.
letter() {
	head -c 4096 /dev/zero | tr '\0' "$1"
}
for one in A B C D; do
	letter "$one" >"$tmp/$one"
done
blocks() {
	grep -obUaE "$1{4096}" "$2" | wc -l
}

# shellcheck disable=SC2016
command='
write() { dd if="$1/$2" of=f bs=4k oflag=direct conv=notrunc status=none; }
dir=$(dirname "$0")
paused() { pinctl status "$PINFS_MNT" --json | jq .paused >>"$dir/paused"; }
write "$dir" A; sync f .
pinctl stage snapshot "$dir/synced"
paused
hold=$(pinctl gate -q "$PINFS_MNT" hold op=write count=1)
write "$dir" B &
pinctl gate "$PINFS_MNT" wait id="$hold" >/dev/null
pinctl stage snapshot "$dir/arrived"
. "$0"
pinctl gate "$PINFS_MNT" release id="$hold" | jq .released >"$dir/released"
wait
hold=$(pinctl gate -q "$PINFS_MNT" hold op=write count=1 at=reply)
write "$dir" C &
pinctl gate "$PINFS_MNT" wait id="$hold" >/dev/null
pinctl stage snapshot "$dir/stored"
pinctl gate "$PINFS_MNT" release id="$hold" >/dev/null
wait
pinctl pause "$PINFS_MNT" >/dev/null
write "$dir" D &
until pinctl status "$PINFS_MNT" --json | jq -e ".queued > 0" >/dev/null
do idle 0.05; done
pinctl stage snapshot "$dir/in-pause"
paused
: >"$dir/ready"
until [ -e "$dir/go" ]; do idle 0.05; done
pinctl resume "$PINFS_MNT"
wait
pinctl stage snapshot "$dir/synced" 2>"$dir/again" || echo "$?" >>"$dir/again"'
start_stage ext4 -- bash -c "$command" "$tmp/note"
wait_for -t 30 test -e "$tmp/ready"
outside=$(echo "$tmp"/work/pinctl-*)
ok "from outside, of the stage" pinctl stage snapshot "$tmp/outside" "$outside/stage"
ok "and of the mount" pinctl stage snapshot "$tmp/again.img" "$outside/mnt"
ok "both are the same" cmp "$tmp/outside" "$tmp/again.img"

touch "$tmp/go"
end_exec
is "$status" 0 "the command has done it all"

shape() {
	echo "$(blocks A "$1") $(blocks B "$1") $(blocks C "$1") $(blocks D "$1")"
}
is "$(shape "$tmp/synced")" "1 0 0 0" "what was synced is in it"
is "$(shape "$tmp/arrived")" "1 0 0 0" "a WRITE that waits for the store is not"
is "$(<"$tmp/released")" 1 "and it was held until then"
is "$(shape "$tmp/stored")" "0 0 1 0" "one that waits for its answer is"
is "$(shape "$tmp/in-pause")" "0 0 1 0" "one that is not received is not"
is "$(shape "$tmp/outside")" "0 0 1 0" "so it looks from outside"
is "$(tr '\n' ' ' <"$tmp/paused")" "false true " \
	"a pause of its own has ended, another one has not"
like "$(<"$tmp/again")" 'File exists.*3' "it does not write over a file"
is "$(e2fsck -fy "$tmp/synced" >/dev/null 2>&1; echo $(($? & ~1)))" 0 \
	"e2fsck replays its journal and finds it sound"
left_nothing "nothing is left"
