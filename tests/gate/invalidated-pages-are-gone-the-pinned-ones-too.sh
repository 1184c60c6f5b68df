#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: invalidate has the kernel drop the cached pages of a range, or of a
#           file, and no others. A dirty page is written back before. A page that
#           is pinned is dropped as well: what then comes by the pin is in no
#           file, and the read that brings it succeeds. With wrong words nothing
#           is done.
# Refuted by: an old byte that is still seen, a new one of another page, a dirty
#             byte that is not in SOURCE, the pin's byte in the file.
# Proof of coverage: before it the mount shows the old bytes although SOURCE has
#                    others; the read that pins is held; without the invalidation
#                    the same read brings its bytes into the file.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 20
mount_pinfs -o verify=off
client_start

# shown BLOCK - the byte that the mount has there.
shown() {
	dd if="$mnt/t" bs=4k skip="$1" count=1 status=none | head -c 1
}

# behind BLOCK BYTE - change SOURCE behind the mount's back.
behind() {
	head -c 4096 /dev/zero | tr '\0' "$2" |
		dd of="$src/t" bs=4k seek="$1" conv=notrunc status=none
}

head -c 16k /dev/zero | tr '\0' a >"$mnt/t"
step open fd=t path=t
step map mem=m fd=t len=16k
step fsync fd=t
ino=$(stat -c %i "$src/t")
for block in 0 1 2 3; do
	behind "$block" b
done
is "$(shown 0)$(shown 1)$(shown 2)$(shown 3)" aaaa "the page cache has its own"
is "$(control invalidate "ino=$ino" off=5000 len=1 | jq -c .)" '{"ok":true}' \
	"a byte of the second page is invalidated"
is "$(shown 0)$(shown 1)$(shown 2)$(shown 3)" abaa "that page is read anew"
is "$(control invalidate "ino=$ino" off=8k | jq .ok)" true "from the third on"
is "$(shown 0)$(shown 1)$(shown 2)$(shown 3)" abbb "to the end they are"
is "$(control invalidate "ino=$ino" len=8k | jq .ok)" true "the first two"
is "$(shown 0)" b "the first is read anew"

step store mem=m off=4k len=4k gen=5
is "$(control invalidate "ino=$ino" | jq .ok)" true "a file with a dirty page"
step check mem=m off=4k len=4k gen=5
like "$answer" '^check ok ret=0 ' "the dirty page's bytes are still those of the file"
ok "and SOURCE has them" cmp -s -i 4k -n 4k "$src/t" "$mnt/t"
is "$(head -c 4097 "$src/t" | tail -c 1 | grep -c b)" 0 "they are not what was there"

# pinned_read ACTION... - a held O_DIRECT read of s into the first page, and what
# is done meanwhile.
pinned_read() {
	gate hold op=read path=/s count=1 deadline=25s >"$tmp/gate"
	step pread fd=s off=0 len=4k into=m at=0 '&'
	reading=${client_steps[main]}
	gate wait "id=$(jq .id "$tmp/gate")" >&2
	"$@"
	gate clear "id=$(jq .id "$tmp/gate")" >&2
	step wait "step=$reading"
	like "$(final_answer "$reading")" '^pread ok ret=4096 ' "the read succeeds"
}
invalidate() {
	is "$(control invalidate "ino=$ino" len=4k | jq .ok)" true \
		"a page with a pin is invalidated"
}
step create fd=s path=s size=4k gen=7
step close fd=s
step open fd=s path=s mode=r direct
pinned_read invalidate
step check mem=m len=4k gen=7 file=s writer=c
like "$answer" '^check ok ret=4096 ' "what came by the pin is not in the file"
is "$(shown 0)" b "which has what it had"
pinned_read true
step check mem=m len=4k gen=7 file=s writer=c
like "$answer" '^check ok ret=0 ' "without the invalidation it is"

refused() {
	control invalidate "$@" | jq -r .error
}
is "$(refused ino=1 timeout=61s),$(refused off=0),$(refused "ino=$ino" off=1 len=0x7fffffffffffffff)" \
	ERANGE,EINVAL,EINVAL "a range or a time that is none is refused"
is "$(refused ino=99999999999)" ENOENT "a file that the kernel does not know"
step munmap mem=m
client_end
ok "unmounted" umount_pinfs
