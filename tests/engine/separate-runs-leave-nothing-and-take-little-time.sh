#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: 100 separate "pinctl run dio-read@writeback" (10 in the short form)
#           leave no mount, no process, no socket and no file, all find the page
#           UNSTABLE, and their median time is at most 5 times that of mounting
#           and unmounting an empty directory, measured in turns with them.
# Refuted by: anything left, another verdict, a longer time.
# Proof of coverage: a namespace of its own for processes and mounts, so that
#                    what is left can be seen, whoever else is at work; a mount
#                    that is made on purpose is seen there.

if [ "${PINFS_TEST_NAMESPACE:-}" != own ] &&
	unshare --mount --pid --fork --mount-proc true 2>/dev/null; then
	exec unshare --mount --pid --fork --mount-proc --kill-child \
		env PINFS_TEST_NAMESPACE=own bash "$0"
fi
. "$srcdir/tests/lib/pinfs.sh"
require_root
[ "${PINFS_TEST_NAMESPACE:-}" = own ] || skip_all "needs namespaces"
require_fuse
require_prog jq findmnt
runs=$(full 100 10)
plan 7
forget_other_mounts
mkdir -p /run/pinfs "$tmp/runs" "$tmp/src" "$tmp/mnt"
mount -t tmpfs -o mode=700 none /run/pinfs
undo_with umount /run/pinfs

microseconds() {
	echo "${EPOCHREALTIME/./}"
}

# processes - all of this namespace but the test and what it runs right now.
processes() {
	local dir name
	for dir in /proc/[0-9]*; do
		name=$(cat "$dir/comm" 2>/dev/null) || continue
		case $name in pin*) echo "${dir#/proc/} $name" ;; esac
	done
}

mounts() {
	findmnt -rn -o TARGET,FSTYPE | grep fuse.pinfs
}

# left - what there is of all this, a line each.
left() {
	mounts || true
	processes
	find "$tmp/runs" /run/pinfs -mindepth 1
}

nothing_left() {
	[ -z "$(left)" ]
}

median() {
	sort -n "$1" | awk '{ a[NR] = $1 }
		END { print int((a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2) }'
}

for ((i = 0; i < runs; i++)); do
	begin=$(microseconds)
	pinfs "$tmp/src" "$tmp/mnt"
	umount "$tmp/mnt"
	echo $(($(microseconds) - begin)) >>"$tmp/empty"
	if ! wait_for nothing_left; then
		left | sed 's/^/# left: /' >&2
		exit 1
	fi

	begin=$(microseconds)
	TMPDIR=$tmp/runs pinctl run --json dio-read@writeback >>"$tmp/verdicts"
	echo $(($(microseconds) - begin)) >>"$tmp/run"
	# At once, without waiting.
	left >>"$tmp/left"
done
is "$(grep -c '' "$tmp/run")" "$runs" "$runs runs"
is "$(jq -r 'select(.verdict) | .verdict' "$tmp/verdicts" | sort | uniq -c |
	tr -s ' ')" " $runs UNSTABLE" "all are UNSTABLE"
is "$(<"$tmp/left")" '' "no mount, process, socket or file is left"

empty=$(median "$tmp/empty")
run=$(median "$tmp/run")
diag "median of $runs: mount and unmount $empty us, run $run us"
ok "a run takes at most 5 times as long as a mount and unmount" \
	test "$run" -le $((5 * empty))

pinfs "$tmp/src" "$tmp/mnt"
like "$(left)" "$tmp/mnt fuse.pinfs" "a mount would be seen"
like "$(left)" '[0-9] pinfs' "so would a process"
umount "$tmp/mnt"
ok "until it ends" wait_for nothing_left
