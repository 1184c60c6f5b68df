#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: while a mount is paused no request is received: the kernel keeps
#           them, and counts them; "resume" lets them come, and they end well.
# Refuted by: a request that ends while paused, one that is never served, or a
#             count that does not grow.
# Proof of coverage: the daemon's own count of requests stands still meanwhile,
#                    and the control socket answers all the time.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_fusectl
require_prog jq
plan 12
mount_pinfs
client_start
step create fd=t path=t size=64k
step close fd=t
step open fd=t path=t direct

waiting() {
	cat "/sys/fs/fuse/connections/$connection/waiting"
}

kernel_has() {
	[ "$(waiting)" -ge "$1" ]
}

is "$(waiting)" 0 "nothing waits"
ok "pinctl pause" pinctl pause "$mnt"
is "$(control status | jq .paused)" true "the mount says that it is paused"
before=$(counter requests)
for i in 0 1 2 3; do
	step read fd=t "off=$((i * 4))k" len=4k '&'
done
ok "four reads wait in the kernel" wait_for kernel_has 4
step wait timeout=300ms
like "$answer" 'fail errno=ETIMEDOUT .*running=4' "none of them ends"
is "$(counter requests)" "$before" "the daemon has received nothing"
is "$(control status | jq '[.waiting >= 4, .held]' -c)" '[true,0]' \
	"nothing is held, but waiting"

ok "pinctl resume" pinctl resume "$mnt"
step wait
like "$answer" 'wait ok ret=4 ' "all four end well"
is "$(control status | jq .paused)" false "the mount is not paused any more"
ok "the client has failed in nothing but that wait" \
	test "$(grep -c ' fail ' "$tmp/client-main.answers")" -eq 1
client_end || true
ok "unmounted" umount_pinfs
