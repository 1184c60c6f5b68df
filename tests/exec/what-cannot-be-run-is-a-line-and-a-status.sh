#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: arguments that are not understood are status 2, a mount that cannot be
#           made is status 3; each is said in one line, the command is not run, and
#           nothing is left: no directory, no SOURCE that was not there.
# Refuted by: another status, no line or several, a command that ran, a remainder.
# Proof of coverage: the words looked for in each line.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
. "$srcdir/tests/lib/exec.sh"
plan 37

# refused STATUS WORDS ARGUMENT... - three checks.
refused() {
	local wanted=$1 words=$2 status=0
	shift 2
	pinctl exec "$@" 2>"$exec_err" || status=$?
	is "$status" "$wanted" "$words: $wanted"
	is "$(wc -l <"$exec_err") $(grep -c -e "$words" "$exec_err")" '1 1' \
		"$words: it is said in a line"
}

run=(-- touch "$tmp/has-run")
refused 2 'one SOURCE is needed'
refused 2 "'--' and a CMD are needed" "$src"
refused 2 "'--' and a CMD are needed" "$src" --
refused 2 'one SOURCE is needed' "${run[@]}"
refused 2 'one SOURCE is needed' "$src" "$src" "${run[@]}"
refused 2 "'--bogus' is not understood" --bogus "$src" "${run[@]}"
refused 2 "'bogus' is no class" --fail-on=unstable,bogus "$src" "${run[@]}"
refused 2 "'unmount' is no class" --fail-on=unmount "$src" "${run[@]}"
refused 2 "'' is no class" --fail-on= "$src" "${run[@]}"
refused 2 'not a duration' --kill-after=soon "$src" "${run[@]}"
refused 2 'bogus' -o bogus "$src" "${run[@]}"
refused 3 'No such file' "$tmp/missing" "${run[@]}"
not_ok "it is not made" test -e "$tmp/missing"
refused 3 'Not a directory' "$tmp/note" "${run[@]}"
refused 3 'No such file' -o "state=$tmp/missing/state" "$src" "${run[@]}"
refused 3 'needs an event log' -o log=/dev/null --fail-on=all "$src" "${run[@]}"

mkdir "$tmp/bound"
mount --bind -o ro "$src" "$tmp/bound"
undo_with umount "$tmp/bound"
refused 3 "Read-only file system" "$tmp/bound" "${run[@]}"
ok "with a state directory elsewhere it can be mounted" \
	pinctl exec -q -o "ro,state=$tmp/state" "$tmp/bound" -- true

not_ok "no command has run" test -e "$tmp/has-run"
is "$(find "$tmp/work" -mindepth 1)" '' "no directory is left"
is "$(awk -v top="$tmp/" 'index($5, top) == 1 && $5 != top "bound"' \
	/proc/self/mountinfo)" '' "and no mount"
