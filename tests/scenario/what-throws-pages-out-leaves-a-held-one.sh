#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what throws pages out of the cache, moves them or copies them finds
#           the page of a call that is under way, leaves it alone, and the bytes
#           are where they belong.
# Refuted by: a verdict that is not STABLE; a moment in which nothing was thrown
#             out, moved or copied.
# Proof of coverage: the steps of a run show that a page that nobody has went at
#                    the same moment, or that this one went as soon as the call
#                    had ended; without any call it goes in steps by hand.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 15
mount_pinfs

# answers VERB - what each such step of the run answered, without its times.
answers() {
	sed -n "s/^# [a-z]*: [0-9]* \($1 .*\)/\1/p" "$tmp/run" |
		sed 's/ us=[0-9]* start=[0-9]* end=[0-9]*//'
}

# stable SCENARIO - run it, with its steps; a check.
stable() {
	timeout 60 pinctl run -v --mnt="$mnt" "$1" >"$tmp/run" 2>&1 || true
	is "$(awk -v name="$1" '$1 == name { print $2; exit }' "$tmp/run")" \
		STABLE "$1"
}

gone=$'cached ok ret=1\ncached ok ret=0'
stable dio-read@dontneed
is "$(answers cached)" "$gone" "the page of another file has gone"
stable dio-read@drop-caches
is "$(answers cached)" "$gone" "the page of another file has gone"
stable dio-read@pageout
is "$(answers cached)" "$gone" "the page of another file has gone"
is "$(answers pageframe)" "pageframe fail errno=ENOENT" \
	"this one has left the page table"

# What is known about a fork is looked for by one, too.
timeout 60 pinctl doctor >"$tmp/doctor" 2>&1 || true
if grep -q '^reads-pin  *yes' "$tmp/doctor"; then
	for target in anon private; do
		stable "dio-read@fork:$target"
		is "$(answers fork-touch | sort -u)" \
			"fork-touch ok ret=0 child=other parent=same" \
			"the child's page is another, the parent's is not"
	done
else
	skip 4 "here a read only references its pages: a fork loses them"
fi

# Without transparent huge pages there is nothing to collapse into.
if [ -e /sys/kernel/mm/transparent_hugepage/hpage_pmd_size ]; then
	stable dio-read@collapse:anon
	is "$(answers madvise | sed 's/EBUSY/EAGAIN/')" \
		$'madvise fail errno=EAGAIN\nmadvise ok ret=0' \
		"it is not moved before the call has ended"
else
	skip 2 "this kernel has no transparent huge pages"
fi

# A page that no call has goes, and is what it was when it is asked for again.
client_start
for line in "create fd=t path=t size=4096" "map mem=m fd=t len=4096" \
	"store mem=m len=4096 gen=2" "fsync fd=t" \
	"madvise mem=m advice=dontneed" "dontneed fd=t"; do
	step "$line"
done
step "cached mem=m len=4096"
like "$answer" '^cached ok ret=0 ' "without a call the page itself goes"
step "check mem=m len=4096 gen=2"
like "$answer" '^check ok ret=0 ' "and comes again from the store"
client_end
