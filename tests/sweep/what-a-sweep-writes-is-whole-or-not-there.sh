#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a full disk leaves no half of a result, its kernels are told as ones
#           that could not be, and the message says what is missing; what a sweep
#           that was killed has left of a guest's files does not become a part of
#           earlier results; a kernel without a place says so; the matrix is there
#           also when nobody reads the output.
# Refuted by: an empty file; a kernel that is missing; a first file system in what
#             is kept; no matrix.json.
# Proof of coverage: the disk is full afterwards; the guest's files were there
#                    when the sweep had been killed.
. "$srcdir/tests/lib/played.sh"
require_root
require_prog jq gzip mount umount
plan 15

one=pwrite@writeback
good="$(gives $one STABLE as_known);$(ends 1 0)"
says "$tmp/k1" 6.1.0 STABLE
says "$tmp/k2" 6.2.0 STABLE
kernel_of "$tmp/large" 6.3.0 "$boot;console-mib=3;$good"

# A disk of one MiB, which the first one fills.
mkdir "$tmp/disk"
mount -t tmpfs -o size=1m tmpfs "$tmp/disk"
undo_with umount "$tmp/disk"
status=0
sweep -q -j1 --junit --out="$tmp/disk/out" -s $one "$tmp/large" "$tmp/k1" \
	"$tmp/k2" >"$tmp/junit" 2>"$tmp/messages" || status=$?
is "$(df --output=avail "$tmp/disk" | tail -n 1 | tr -d ' ')" 0 "the disk is full"
is "$status" 3 "which is no pass"
is "$(find "$tmp/disk" -name 'result.json' -empty)" '' "no empty result is left"
is "$(find "$tmp/disk" -name '*.new')" '' "nor a new one that has not become it"
is "$(grep -c '<testsuite ' "$tmp/junit")" 3 "each kernel is in the output"
is "$(grep -c '<error message="[^"]*" type' "$tmp/junit")" 3 \
	"as one that could not be told"
like "$(tail -n 1 "$tmp/messages")" 'matrix.json.: No space left on device' \
	"and it is said what is missing"

# Killed while a machine runs; the keeper removes nothing.
kernel_of "$tmp/slow" 6.4.0 "$boot"
sweep -s $one "$tmp/slow" >&2 2>"$tmp/messages" &
sweeper=$!
await test -s "$tmp/starts"
await test -e "$tmp/out/6.4.0/initrd"
is "$(find "$tmp/out" -name 'initrd*')" "$tmp/out/6.4.0/initrd" \
	"a guest's files are there while it runs"
# sweep is a function, so: shell, timeout(1), pinctl.
timeout_pid=$(awk '{ print $1 }' "/proc/$sweeper/task/$sweeper/children")
kill -KILL "$(awk '{ print $1 }' "/proc/$timeout_pid/task/$timeout_pid/children")"
wait "$sweeper" || true
says "$tmp/slow" 6.4.0 STABLE
sweep -q -s $one "$tmp/slow" >&2
ok "what the killed one has left is kept" test -e "$tmp/out/previous/6.4.0.1/console.log"
is "$(find "$tmp/out" -name 'initrd*')" '' "but the guest's files"

# A place that somebody else has.
mkdir -p "$tmp/out/6.1.0"
touch "$tmp/out/6.1.0/mine"
status=0
sweep -q --json -s $one "$tmp/k1" "$tmp/k2" >"$tmp/said" || status=$?
is "$status" 3 "one without a place is no pass"
is "$(jq -r '.kernels[] | select(.outcome == "harness") | .reason' "$tmp/said")" \
	'there is no place for the results of 6.1.0' "and says why"
ok "what is in the way stays" test -e "$tmp/out/6.1.0/mine"

# Nobody reads.
rm -r "$tmp/out"
status=0
sweep -q -s $one "$tmp/k2" > >(exec <&-) || status=$?
diag "status $status"
is "$(jq -r '.kernels[].name' "$tmp/out/matrix.json")" 6.2.0 \
	"the matrix is there when nobody reads the output"
ok "with its page" test -s "$tmp/out/matrix.html"
