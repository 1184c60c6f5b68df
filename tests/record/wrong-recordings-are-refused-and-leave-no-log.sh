#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a recording that cannot be begun is refused with a reason, leaves no
#           log, and hinders no other; there is one at a time, and one of scope
#           "connection" ends with who asked for it. What is not chosen is not
#           recorded.
# Refuted by: another error; a file that is left, or was there and is touched; a
#             recording that stays or ends when it should not.
# Proof of coverage: the one that is begun after all of them has its records.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 31

# refused ERROR WORDS... - the verb with these words.
refused() {
	local error=$1
	shift
	like "$(control "record $*")" "\"error\":\"$error\"" "$error: $*"
}

recording() {
	control status | jq -r ".record | $1"
}

is_off() {
	[ "$(recording .)" = null ]
}

mount_pinfs
: >"$mnt/t"
mkdir "$mnt/dir" "$tmp/logs"
ln -s "$mnt" "$tmp/there"
echo mine >"$tmp/mine"
ln -s "$tmp/logs/other" "$tmp/link"
ino=$(stat -c %i "$mnt/t")
log=$tmp/logs/log

refused EINVAL
refused EINVAL off mark=both
refused EINVAL off=now
refused EINVAL "file=log ino=$ino"
refused EINVAL "file=$log"
refused EINVAL "file=$log ino=$ino path=/t"
refused EINVAL "file=$log path=t"
refused EINVAL "file=$log path=/t base"
refused EINVAL "file=$log ino=$ino base=1"
refused EINVAL "file=$log ino=$ino scope=world"
refused EINVAL "file=$log ino=$ino op=write"
refused EINVAL "file=$log ino=$(stat -c %i "$mnt/dir")"
refused ENOENT "file=$log ino=999999999"
refused ENOENT "file=$tmp/none/log ino=$ino"
refused EEXIST "file=$tmp/mine ino=$ino"
refused EEXIST "file=$tmp/link ino=$ino"
refused EINVAL "file=$mnt/log ino=$ino"
refused EINVAL "file=$tmp/there/log ino=$ino"
refused ENOENT off
refused ENOENT mark=early
is "$(cd "$tmp" && ls logs main/mnt | tr '\n' ' ')" \
	"logs:  main/mnt: dir t " "nothing is left"
is "$(cat "$tmp/mine")" mine "what was there is untouched"
ok "nothing is recorded" is_off

ok "one can begin" gate record "file=$log" 'path=/dir/*'
refused EBUSY "file=$log.2 ino=$ino"
echo no >"$mnt/t"
echo yes >"$mnt/dir/yes"
mv "$mnt/t" "$mnt/dir/t"
echo now >>"$mnt/dir/t"
sync "$mnt/dir/yes" "$mnt/dir/t"
ok "it ends" gate record off
is "$(log-image "$log" | awk '$1 == "write" || $1 == "mark" { print $4 }' |
	tr '\n' ' ')" '4 7 ' "what matched at the time is there"
is "$(stat -c %a "$log")" 600 "for its user only"

echo "record file=$log.3 path=/* scope=connection" |
	control-lines "$(control_socket "$mnt")" >&2
ok "one goes with its connection" wait_for is_off
rm "$log.3"
gate record "file=$log.3" 'path=/*' >&2
is "$(recording .scope)" mount "one of the mount stays"
ok "and ends with it" umount_pinfs
