#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a SOURCE that is mounted is not scrubbed offline, with a line that
#           says which process has it and where; nor is a directory below a mount
#           taken for a SOURCE. As soon as it is unmounted it can be scrubbed,
#           though the daemon may still be ending; and while it is, no daemon
#           starts.
# Refuted by: a scrub beside a daemon, a wait that is not for a daemon that ends,
#             a line that does not say who.
# Proof of coverage: the process id; the same SOURCE is scrubbed in the end.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_prog jq
plan 9
mount_pinfs
mkdir "$mnt/d"
fill "$mnt/d/a" 10

said=$(pinctl scrub "$src" 2>&1) && code=0 || code=$?
is "$code" 3 "mounted: status 3"
is "$(wc -l <<<"$said")" 1 "one line"
like "$said" "$src/.pinfs.* in use: process $daemon_pid, mounted on $mnt" \
	"that says who has it"
said=$(pinctl scrub "$mnt/d" 2>&1) && code=0 || code=$?
is "$code" 2 "a directory below a mount: status 2"
like "$said" "lies in the mount '$mnt'" "and says which"
exits 2 "--state is not for a mount" pinctl scrub --state="$tmp" "$mnt"

umount "$mnt" || fusermount3 -u "$mnt"
scrub "$src"
is "$status $(sums verified)" '0 10' "unmounted: scrubbed"
wait "$daemon_pid" || true

# Somebody who scrubs has the lock.
exec {lock}<>"$src/.pinfs/lock"
flock -n "$lock"
echo 'process 1, pinctl scrub' >"$src/.pinfs/lock"
said=$(pinfs "$src" "$mnt" -f -o lock_wait=1ms 2>&1) && code=0 || code=$?
is "$code" 1 "and then no daemon starts"
like "$said" 'process 1, pinctl scrub' "and says why"
exec {lock}>&-
