#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: an open(2) leaves the file's cached pages alone, unless a gate of
#           inject nokeep has chosen it: then they are gone when it returns, a
#           pinned one, too, whose later bytes are in no file. Once its count is
#           used up, opens leave them alone again.
# Refuted by: an old byte after the one open, a new one after the others, the
#             pin's bytes in the file.
# Proof of coverage: SOURCE has other bytes than the page cache; an "injected"
#                    event; the read that pins is held.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 11
mount_pinfs -o verify=off
client_start

# behind BYTE - change SOURCE behind the mount's back.
behind() {
	head -c 8192 /dev/zero | tr '\0' "$1" |
		dd of="$src/t" conv=notrunc status=none
}

# look - what the mount has, without opening the file for it, as $seen.
look() {
	step digest fd=t off=0 len=4k
	seen=$(sed -n 's/.* digest=\([0-9a-f]*\).*/\1/p' <<<"$answer")
}

head -c 8192 /dev/zero | tr '\0' a >"$mnt/t"
step open fd=t path=t
step map mem=m fd=t len=8k
step fsync fd=t
look
first=$seen
behind b
ok "an open" head -c 0 "$mnt/t"
look
is "$seen" "$first" "leaves the pages alone"
id=$(gate inject op=open path=/t count=1 nokeep | jq .id)
ok "the open that a gate chooses" head -c 0 "$mnt/t"
look
second=$seen
unlike "$second" "^$first\$" "does not"
is "$(event_lines '.event == "injected"' | jq -c '[.action, .value, .op, .path]')" \
	'["nokeep",null,"open","/t"]' "and is an event"
behind c
ok "the next open" head -c 0 "$mnt/t"
look
is "$seen" "$second" "leaves them alone again"
gate clear "id=$id" >&2

step create fd=s path=s size=4k gen=7
step close fd=s
step open fd=s path=s mode=r direct
gate hold op=read path=/s deadline=25s name=pin >&2
step pread fd=s off=0 len=4k into=m at=0 '&'
reading=${client_steps[main]}
gate wait name=pin >&2
gate inject op=open path=/t count=1 nokeep >&2
ok "an open that drops a page with a pin" head -c 0 "$mnt/t"
gate release name=pin >&2
step wait "step=$reading"
like "$(final_answer "$reading")" '^pread ok ret=4096 ' "the read succeeds"
step check mem=m len=4k gen=7 file=s writer=c
like "$answer" '^check ok ret=4096 ' "and its bytes are not in the file"
client_end
ok "unmounted" umount_pinfs
