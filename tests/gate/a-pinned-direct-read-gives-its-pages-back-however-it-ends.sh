#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: an O_DIRECT read into a mapping pins its pages while it is held at
#           its reply; when it then fails by an injected error, and when its
#           client has been killed and its deadline lets it go, all of them are
#           given back.
# Refuted by: pins acquired and released that do not balance afterwards, a read
#             that does not fail, a client that stays.
# Proof of coverage: while it is held, as many more are acquired than released as
#                    the read has pages.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
grep -q '^nr_foll_pin_acquired ' /proc/vmstat ||
	skip_all "needs nr_foll_pin_acquired in /proc/vmstat"
[ -w /proc/sys/vm/stat_refresh ] || skip_all "needs /proc/sys/vm/stat_refresh"
plan 10
mount_pinfs
pages=$((65536 / $(getconf PAGESIZE)))

# pinned - pins of the whole machine. The counters are per CPU until refreshed.
pinned() {
	# Fails with EINVAL where another counter is below zero, and has been done.
	cat /proc/sys/vm/stat_refresh >/dev/null 2>&1 || true
	awk '/^nr_foll_pin_acquired / { n += $2 }
		/^nr_foll_pin_released / { n -= $2 } END { print n }' /proc/vmstat
}

# What others pin comes and goes: that many more than $before, at some time.
pinned_more() {
	[ $(($(pinned) - before)) -eq "$1" ]
}

client_start
step create fd=t path=t size=64k gen=1
step create fd=m path=m size=64k gen=2
step fsync fd=m
step map mem=m fd=m len=64k
step close fd=t
step open fd=t path=t direct
before=$(pinned)

gate hold op=read path=/t at=reply deadline=25s >&2
gate inject op=read path=/t at=reply error=EIO >&2
step pread fd=t off=0 len=64k into=m '&'
reading=${client_steps[main]}
ok "an O_DIRECT read is held at its reply" gate wait timeout=5s
is "$(final_answer "$reading")" '' "its client waits"
ok "its $pages pages are pinned" wait_for pinned_more "$pages"
is "$(gate release | jq .released)" 1 "it is released"
step wait "step=$reading"
like "$(final_answer "$reading")" '^pread fail errno=EIO' \
	"and fails with the error that was injected"
ok "all pins are given back" wait_for pinned_more 0
gate clear >&2

gate hold op=read path=/t at=reply deadline=2s >&2
step pread fd=t off=0 len=64k into=m '&'
gate wait timeout=5s >&2
ok "another one is held, its pages pinned" wait_for -t 1 pinned_more "$pages"
kill -9 "${client_pid[main]}"
# The kernel sends no INTERRUPT for it.
ok "its client, killed, is let go by the deadline" \
	wait_for -t 5 has_event '.event == "expired" and .op == "read"'
status=0
wait "${client_pid[main]}" || status=$?
is "$status" 137 "and gone"
ok "and all pins are given back" wait_for pinned_more 0
