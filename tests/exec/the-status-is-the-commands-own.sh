#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl exec runs a command in the mount, as if the shell had, and its
#           exit status is the command's; what it wrote is in SOURCE right after.
# Refuted by: another status, output or input, a summary that does not say so,
#             bytes that are not in SOURCE.
# Proof of coverage: the command says itself that it is on a pinfs mount.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
. "$srcdir/tests/lib/exec.sh"
plan 22

# shellcheck disable=SC2016
run_exec -- sh -c '. "$0"; stat -f -c %T .; pwd; echo "$PINFS_MNT"' "$tmp/note"
is "$status" 0 "a command that ends well: 0"
like "$out" ^fuse "it runs on the mount"
is "$(sed -n 2p <<<"$out")" "$(sed -n 3p <<<"$out")" \
	"PINFS_MNT is its working directory"
like "$said" '^pinctl exec: .*; exit 0: CMD ended with 0$' "one line says so"
left_nothing "and nothing is left"

for number in 1 2 3 7; do
	run_exec -- sh -c "exit $number"
	is "$status" "$number" "exit $number: $number"
	like "$said" "^pinctl exec: .*; exit $number: CMD ended with $number\$" \
		"and it is the command's"
done
run_exec -- sh -c 'kill -9 $$'
is "$status" 137 "killed: 137"
like "$said" '; exit 137: CMD died of signal 9$' "and it says by which signal"
run_exec -- "$tmp/no-such-command"
is "$status" 127 "no such command: 127"
like "$said" "^pinctl: cannot run '$tmp/no-such-command': No such file" \
	"and a line says why"
run_exec -- "$tmp/note"
is "$status" 126 "one that cannot be executed: 126"

exec_line -q -- sh -c 'cat; cat here'
echo 'in SOURCE' >"$src/here"
is "$(echo 'from outside' | pinctl exec "${exec_line[@]}" 2>&1)" \
	"from outside"$'\n'"in SOURCE" \
	"input and output are the command's, and -q says nothing"

dd if=/dev/urandom of="$tmp/bytes" bs=1M count=8 status=none
run_exec -- cp "$tmp/bytes" copy
ok "what it wrote is in SOURCE when it has ended" cmp "$tmp/bytes" "$src/copy"
writes=$(jq 'select(.event == "unmount") | .writes' "$src/.pinfs/events.jsonl" |
	tail -n 1)
like "$said" "^pinctl exec: $writes writes, [1-9][0-9]* looked at twice," \
	"and the summary has the numbers of the log"
run_exec --audit -- sh -c 'cat copy >/dev/null; exit 5'
is "$status $(grep -c '^[0-9]* files, [1-9].* 0 lost, 0 undecided' "$exec_err")" \
	'5 1' "--audit has looked at what was cached, and changes no status"
