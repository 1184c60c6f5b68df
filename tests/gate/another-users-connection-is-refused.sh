#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the control socket is its user's and root's. Another user cannot
#           connect to it; where somebody has opened its permissions he can, and
#           gets one refusal: none of his lines is looked at.
# Refuted by: a reply that is ok, or a gate that is there.
# Proof of coverage: the same lines from the same program as root are served; the
#                    refused one did get through to the daemon.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq setpriv
plan 8

mount_pinfs
socket=$(control_socket "$mnt")
runtime=$(dirname "$socket")
mode=$(stat -c %a "$runtime")
cp "$top_builddir/tests/helpers/control-lines" "$tmp/control-lines"
chmod 755 "$tmp" "$tmp/control-lines"

# as_other - control-lines as a user who is neither root nor the mount's.
as_other() {
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$tmp/control-lines" "$socket" <<<'hold op=any deadline=1s'
}

is "$(stat -c '%a %u' "$socket")" "600 0" "the socket is its user's"
like "$(as_other 2>&1 || true)" 'Permission denied' \
	"the directory keeps others out"
undo_with chmod "$mode" "$runtime"
chmod 755 "$runtime"
like "$(as_other 2>&1 || true)" 'Permission denied' \
	"so does the mode of the socket"
chmod 666 "$socket"
refused=$(as_other || true)
is "$(jq -c '[.ok, .error]' <<<"$refused")" '[false,"EPERM"]' \
	"with both open the daemon refuses"
is "$(wc -l <<<"$refused")" 1 "by one line"
is "$(control list | jq -c '.gates')" '[]' "no gate was armed"
is "$("$tmp/control-lines" "$socket" <<<'hold op=ioctl deadline=1s' | jq .ok)" \
	true "the same from root is served"
ok "a file is written" cp "$srcdir/COPYING" "$mnt/copy"
