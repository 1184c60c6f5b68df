#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: op=X at=arrive and at=reply hold the operation X, for each of the
#           operations that a client can cause, and nothing else: another
#           request passes meanwhile. Let go, the call ends well.
# Refuted by: an operation that passes its gate, another one in the list of what
#             is held, a call that fails.
# Proof of coverage: the gate is for one operation, and the list names it; the
#                    names are compared with those of the manual page. What no
#                    client causes is left out here, with the reason, and no
#                    request of it has been seen.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/manual.sh"
require_root
require_fuse
require_prog jq

# Never asked: FORGET has no answer and cannot be held; the kernel answers
# access(2) itself, because of default_permissions.
never='access forget'
ops='lookup getattr setattr readlink symlink mknod mkdir unlink rmdir rename
rename2 link open read write statfs release fsync setxattr getxattr listxattr
removexattr flush opendir readdir readdirplus releasedir fsyncdir create ioctl
fallocate lseek copy_file_range tmpfile'
count=$(wc -w <<<"$ops")
plan $((2 * count + 4))
mount_pinfs

is "$(xargs -n 1 <<<"$ops $never" | sort | xargs)" \
	"$(manual_block "$man/pinfs-control.7" OPERATIONS | xargs -n 1 | sort | xargs)" \
	"the operations are those of the manual page"

# answered - has the call said how it went, and ended?
answered() {
	[ -s "$tmp/answer" ] && process_gone "$calling"
}

# hold_one AT OPERATION DIRECTORY - its call is held, another request passes.
hold_one() {
	local at=$1 op=$2 dir=$3 id held other=statfs passed path
	path='*'
	case $op in
	statfs) other=readlink ;;
	# The kernel asks for these on its way to any file as well.
	lookup | getattr) path=/$dir/$op ;;
	esac
	id=$(gate hold "op=$op" "at=$at" "path=$path" deadline=20s | jq .id)
	(close_inherited; exec one-call "$op" "$mnt/$dir") >"$tmp/answer" &
	calling=$!
	gate wait "id=$id" timeout=5s >/dev/null || true
	passed=$(timeout 5 one-call "$other" "$mnt")
	held=$(gate list | jq -rc "[.held[] | .op, .at] | unique | join(\" \")")
	gate clear "id=$id" >/dev/null
	wait_for answered || true
	wait "$calling" || true
	is "held: $held; call: $(cat "$tmp/answer"); $other: $passed" \
		"held: $(xargs -n 1 <<<"$op $at" | sort | xargs); call: ok; $other: ok" \
		"$op is held at=$at, and nothing else"
}

one-call prepare "$src" >&2
for at in arrive reply; do
	mkdir "$src/$at"
	is "$(one-call prepare "$src/$at")" ok "files for at=$at"
	for op in $ops; do
		hold_one "$at" "$op" "$at"
	done
done

id=$(gate hold op=access deadline=20s | jq .id)
one-call access "$mnt/reply" >"$tmp/answer"
is "$(cat "$tmp/answer") $(gate list | jq '.gates[0].seen')" 'ok 0' \
	"access(2) asks for nothing"
gate clear >&2
