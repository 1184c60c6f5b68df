#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: dio-read@fork:hugetlb is as known where huge pages have been set
#           aside, and skipped, with the sysctl's name, where they have not;
#           pinctl sets none aside by itself.
# Refuted by: a deviation; a skip with pages, a verdict without; another value of
#             nr_hugepages afterwards.
# Proof of coverage: the fork copied the page: the child's is another.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
sysctl=/proc/sys/vm/nr_hugepages
[ -e "$sysctl" ] || skip_all "this kernel has no hugetlb"
before=$(<"$sysctl")
[ "$(awk '$1 == "HugePages_Free:" { print $2 }' /proc/meminfo)" -eq 0 ] ||
	skip_all "somebody has set huge pages aside"
plan 5
mount_pinfs

# run - the scenario's result.
run() {
	timeout 60 pinctl run --json --mnt="$mnt" dio-read@fork:hugetlb \
		2>"$tmp/trouble" || true
}

result=$(run | jq -c 'select(.scenario)')
is "$(jq -r .outcome <<<"$result")" skipped "without pages it is skipped"
like "$(jq -r .note <<<"$result")" "$sysctl" "which says what to do"

set_pages() {
	echo "$1" >"$sysctl"
}

undo_with set_pages "$before"
set_pages $((before + 2))
[ "$(<"$sysctl")" -eq $((before + 2)) ] || {
	skip 3 "there is no room for two huge pages"
	exit 0
}
is "$(run | jq -r 'select(.scenario) | .outcome')" as_known \
	"with two it is as known"
timeout 60 pinctl run -v --mnt="$mnt" dio-read@fork:hugetlb >"$tmp/run" 2>&1
like "$(grep 'fork-touch ok' "$tmp/run")" 'child=other parent=same' \
	"the child has a page of its own"
is "$(<"$sysctl")" $((before + 2)) "the sysctl is as it was"
