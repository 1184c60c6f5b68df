#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with -o kmsg a test suite that looks into the kernel's log when a test
#           has ended, as xfstests does, fails the test in whose window a finding
#           fell, an unstable block as well as a bad one of SOURCE; the test before
#           and the test after pass. So does the same test without -o kmsg, with
#           classes that do not have the event, and without a finding.
# Refuted by: a window without the line, or one with the line of another; a line
#             that takes a second line, or begins another window.
# Proof of coverage: each window has its beginning in it; each finding is in the
#                    event log; the line says path, block and the event's number.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq dmesg
[ -w /dev/kmsg ] || skip_all "needs a writable /dev/kmsg"
dmesg >/dev/null 2>&1 || skip_all "needs a kernel log that can be read"
plan 23

# begin_test NAME - as xfstests' check does it; the time tells runs apart.
begin_test() {
	beginning="run fstests $1 at $(date +'%Y-%m-%d %H:%M:%S.%N') $$"
	echo "$beginning" >/dev/kmsg
}

# window - the kernel's log from the last beginning on.
window() {
	dmesg | awk -v beginning="$beginning" '
		index($0, beginning) { lines = ""; inside = 1 }
		inside { lines = lines $0 "\n" }
		END { printf "%s", lines }'
}

# complaints - of the window, what xfstests' _check_dmesg() looks for (common/rc),
# without what others on this machine have said meanwhile.
complaints() {
	window | grep -E -e 'kernel BUG at|WARNING:|\bBUG:|Oops:' \
		-e 'possible recursive locking detected' \
		-e '(INFO|ERR): suspicious RCU usage' \
		-e 'INFO: possible circular locking dependency detected' \
		-e 'general protection fault:|BUG .* remaining|oom-kill|UBSAN:' |
		grep -F -e "$tmp" || true
}

is_green() {
	is "$(window | grep -cF "$beginning")" 1 "$1: its window begins"
	is "$(complaints)" '' "$1: it passes"
}

# find_bad_block FILE BLOCK - a finding that every kernel allows: media.
find_bad_block() {
	head -c 64k /dev/urandom >"$mnt/$1"
	dd if=/dev/null of="$mnt/$1" conv=notrunc,fsync status=none
	flip-bit "$src/$1" "$2" 1
	dd if="$mnt/$1" of=/dev/null bs=4k iflag=direct 2>/dev/null || true
	gate sync >&2
	has_event ".event == \"media\" and .block == $2 and
		(.path | sub(\"\\n\"; \"?\")) == \"/${1/$'\n'/?}\""
}

mount_pinfs -o kmsg
begin_test generic/100
cp "$srcdir/README.md" "$mnt/calm"
is_green "a test without a finding"

begin_test generic/101
ok "a block of SOURCE is found to be bad" find_bad_block bad 3
seq=$(event_lines '.event == "media"' | jq .seq)
is "$(complaints | sed 's/.*WARNING: //')" \
	"pinfs: media: \"/bad\" block 3, event $seq of \"$mnt\"" \
	"the test fails, and the line says why"
begin_test generic/102
cp "$srcdir/README.md" "$mnt/calm"
is_green "the next test"

begin_test generic/103
ok "a file whose name has two lines" find_bad_block $'a\nWARNING: b' 0
is "$(complaints | wc -l)" 1 "the test fails by one line"
like "$(complaints)" 'media: "/a.*x0aWARNING: .*" block 0,' \
	"in which the newline is none"

begin_test generic/105
if [ "$(gate status | jq -r .live)" = proven ]; then
	ok "a page changes under writeback" pinctl run --mnt="$mnt" \
		dio-read@writeback
	gate sync >&2
	ok "which is in the log" has_event '.event == "unstable"'
	like "$(complaints)" 'WARNING: pinfs: unstable: "/.*" block 0, cause [a-z]+,' \
		"the test fails"
else
	skip 3 "this kernel hands out copies"
fi
begin_test generic/106
ok "unmounted" umount_pinfs
is_green "a test in which only the mount ends"

begin_test generic/107
mount_pinfs @quiet
ok "a bad block on a mount without kmsg" find_bad_block bad 1
is_green "its test"
mount_pinfs @other --kmsg=unstable:lost
ok "and on one with kmsg= of other classes" find_bad_block bad 1
is_green "its test, too"
use_mount quiet
ok "unmounted" umount_pinfs @quiet
ok "unmounted" umount_pinfs @other
