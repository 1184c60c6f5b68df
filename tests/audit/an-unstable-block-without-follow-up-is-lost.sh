#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a block changed by FUSE_NOTIFY_STORE while its WRITE was held is
#           unstable, and its cause is known; no WRITE follows, since nobody
#           dirtied the page, and an audit finds it lost and says that it was
#           unstable. A block whose follow-up has come is not.
# Refuted by: no lost block, another one, or one that was not unstable.
# Proof of coverage: two blocks are unstable, by a store and by write(2).
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 10
mount_pinfs
client_start
step create fd=t path=t size=32k
step fsync fd=t
step write fd=t off=4k len=8k gen=5
gate hold op=write path=/t at=reply deadline=20s >&2
step sync-range fd=t
gate wait held=1 >&2
gate store "ino=$(stat -c %i "$src/t")" off=5000 len=100 byte=0x77 >&2
step write fd=t off=8k len=4k gen=6
gate clear >&2
is "$(counter unstable_blocks)" 2 "two blocks are unstable"
is "$(control status | jq .unsettled_blocks)" 2 "and wait"
is "$(event_lines '.event == "unstable"' | jq -c '[.block, .cause]' | sort)" \
	$'[1,"notify"]\n[2,"unknown"]' "the event knows who stored"
status=0
pinctl audit "$mnt" --json >"$tmp/audit" || status=$?
is "$status" 1 "the audit finds something"
is "$(jq -c 'select(.lost) | .lost | [.block, .length, .unstable]' \
	"$tmp/audit")" '[1,4096,true]' "the one that nobody dirtied, as unstable"
is "$(event_lines '.event == "lost"' |
	jq -c '[.path, .block, .offset, .length, .unstable]')" \
	'["/t",1,4096,4096,true]' "so says the event"
is "$(event_lines '.event == "lost"' | jq -r .cache)" \
	"$(event_lines '.event == "unstable" and .block == 1' |
		jq -r .recheck)" "its bytes are those of the second look"
is "$(event_lines '.event == "lost"' | jq -r .store)" \
	"$(event_lines '.event == "unstable" and .block == 1' |
		jq -r .arrival)" "and the store's those of the first"
is "$(event_lines '.event == "settled"' | jq -c .block)" 2 \
	"the other has settled"
is "$(control status | jq .unsettled_blocks)" 1 "the lost one waits on"
client_end
