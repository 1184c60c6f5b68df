#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: several processes that want the same kernel at once all get it, and it
#           is unpacked once.
# Refuted by: one that fails, or has another result; something half-made left.
# Proof of coverage: all wait for the entry's lock, held by the test, before any
#                    of them goes on.
. "$srcdir/tests/lib/vmkernel.sh"
require_prog ar xz flock
plan 4

fake_tree "$tmp/tree" 6.99.1-fake
fake_deb "$tmp/a.deb" linux-image-fake 6.99.1-1 "$tmp/tree"
image=$(found image "$tmp/a.deb")
entry=$(dirname "$image")
rm -rf "$entry"

exec 7>"$entry.lock"
flock 7
for i in 1 2 3; do
	timeout 60 vm-kernel find "$tmp/a.deb" >"$tmp/out.$i" 2>"$tmp/err.$i" 7>&- &
done
all_wait() { [ "$(cat "$tmp"/err.* | grep -c '^vm-kernel: waiting')" = 3 ]; }
ok "all of them wait for the lock" wait_until all_wait
not_ok "nothing is made meanwhile" test -e "$entry"
exec 7>&-
wait
is "$(sort -u "$tmp"/out.* | grep -c '^image ')" 1 "all of them have the same"
is "$(cd "$(dirname "$entry")" && echo *)" \
	"$(basename "$entry") $(basename "$entry").lock" "nothing else is left"
