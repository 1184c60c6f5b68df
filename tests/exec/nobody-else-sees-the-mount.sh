#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the mount of pinctl exec is in its own namespace only; from inside
#           pinctl finds it by its path and by "."; a mount that is made outside
#           meanwhile is seen inside.
# Refuted by: the mount in this namespace's table, or its files behind the path; a
#             pinctl that does not find it from inside.
# Proof of coverage: the mount is in the table that the command sees.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
. "$srcdir/tests/lib/exec.sh"
plan 11

mkdir "$tmp/later"
mount -t tmpfs none "$tmp/later"
undo_with umount "$tmp/later"
mount --make-shared "$tmp/later"
mkdir "$tmp/later/sub"
# shellcheck disable=SC2016
start_exec -- sh -c 'pwd >"$1/point"; cp /proc/self/mountinfo "$1/table"; . "$0"
	until [ -e "$1/go" ]; do idle 0.02; done; cp /proc/self/mountinfo "$1/table2"' \
	"$tmp/note" "$tmp"
point=$(<"$tmp/point")
ok "the command has the mount in its table" grep -qF " $point " "$tmp/table"
not_ok "this test has not" grep -qF " $point " /proc/self/mountinfo
is "$(ls -A "$point")" '' "and sees an empty directory there"
is "$(grep -lF " $point " /proc/[0-9]*/mountinfo 2>/dev/null |
	while IFS=/ read -r _ _ pid _; do
		readlink "/proc/$pid/ns/mnt" || true
	done | sort -u)" "$(<"$tmp/namespace")" "there is one namespace that has it"
exits 3 "pinctl does not find it from outside" pinctl status "$point"
mount -t tmpfs none "$tmp/later/sub"
touch "$tmp/go"
end_exec
ok "what was mounted outside meanwhile is seen inside" \
	grep -qF " $tmp/later/sub " "$tmp/table2"
umount "$tmp/later/sub"
left_nothing "nothing is left"

# shellcheck disable=SC2016
run_exec -- sh -c 'pinctl status . --json; pinctl status "$PINFS_MNT" --json'
is "$(jq -r .source <<<"$out" | sort -u)" "$src" "status finds it, by both names"
# shellcheck disable=SC2016
run_exec -- sh -c 'pinctl gate -q "$PINFS_MNT" hold op=write path=/f count=1
	(echo x >f) & pinctl gate -q . wait; pinctl gate -q . release; wait'
is "$status $(tail -n 2 <<<"$out") $(<"$src/f")" $'0 1\n1 x' "gates work"
run_exec -- sh -c 'pinctl gate . mark text=hello >&2; pinctl events . --event=mark'
is "$(jq -r .text <<<"$out")" hello "so do events"
run_exec -- pinctl audit .
like "$out" '0 lost' "and audits"
