#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: nothing is held longer than its deadline, which is hold_max= when
#           the gate says none and never more; the event log and a counter tell
#           of each hold that ended so, and the request goes on as if released.
# Refuted by: a hold that lasts, a longer deadline that is accepted, a missing or
#             an additional event.
# Proof of coverage: the times that the caller measured; a hold that was
#                    released leaves no event.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 12
mount_pinfs -o hold_max=2s
client_start
step create fd=t path=t size=8k
step close fd=t
step open fd=t path=t direct

# held_ms - of the step that has just been answered.
held_ms() {
	sed -n 's/.* us=\([0-9]*\)[0-9][0-9][0-9] .*/\1/p' <<<"$answer"
}

gate hold op=read deadline=300ms >&2
step read fd=t off=4k len=4k
like "$answer" '^read ok ret=4096' "a hold of 300 ms ends without a release"
ok "after 300 ms" test "$(held_ms)" -ge 300
ok "and not much later" test "$(held_ms)" -lt 2000
is "$(event_count '.event == "expired"')" 1 "there is one event"
is "$(event_lines '.event == "expired"' |
	jq -c '[.op, .path, .offset, .length, .held_us >= 300000]')" \
	'["read","/t",4096,4096,true]' "and it names the request"
gate clear >&2

gate hold op=read >&2
step read fd=t off=0 len=4k
ok "without deadline= it is hold_max=" test "$(held_ms)" -ge 2000
ok "not more" test "$(held_ms)" -lt 4000
gate clear >&2

reply=$(gate hold op=read deadline=3s) || true
is "$(jq -r '[.ok, .error] | @text' <<<"$reply")" '[false,"ERANGE"]' \
	"a deadline beyond hold_max= is refused"

gate hold op=read deadline=2s >&2
step read fd=t off=0 len=4k '&'
gate wait held=1 >&2
gate release >&2
step wait
is "$(event_count '.event == "expired"')" 2 "a release leaves no event"
is "$(counter expired_holds),$(counter holds)" 2,3 "the counters agree"
gate clear >&2

ok "the client has no failed step" client_end
ok "unmounted" umount_pinfs
