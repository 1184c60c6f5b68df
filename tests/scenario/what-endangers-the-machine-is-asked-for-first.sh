#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a word that means dangerous scenarios only is refused without
#           --dangerous, with one line that says what they do and status 2; with
#           it, that line comes first. Where the kernel would panic on a WARNING
#           nothing is run with it either. Patterns and sets that mean others as
#           well are not refused, and with --dangerous nothing is said when none
#           is meant.
# Refuted by: another status or line.
# Proof of coverage: what is not refused fails with another status and line,
#                    because there is no mount; so nothing dangerous runs here,
#                    whatever is broken.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_prog unshare
mkdir "$tmp/no-mount"

# run WORDS... - status and standard error, as $status and $said.
run() {
	status=0
	pinctl run --mnt="$tmp/no-mount" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	said=$(cat "$tmp/err")
}

# with_sysctl NAME VALUE WORDS... - the same where that sysctl seems to have that
# value.
with_sysctl() {
	echo "$2" >"$tmp/sysctl"
	status=0
	unshare -m sh -ec 'mount --make-rprivate /
		mount --bind "$1" "/proc/sys/kernel/$2"
		shift 2
		exec pinctl run "$@"' sh "$tmp/sysctl" "$1" \
		--mnt="$tmp/no-mount" "${@:3}" >"$tmp/out" 2>"$tmp/err" || status=$?
	said=$(cat "$tmp/err")
}

refused=(@dangerous dio-read@last-writer-gone '*@last-*' aio-read@last-writer-gone+end)
others=(@all '*' 'dio-read@*' @default)
plan $((3 * ${#refused[@]} + 2 * ${#others[@]} + 11))

for word in "${refused[@]}"; do
	run store@writeback "$word"
	is "$status" 2 "$word: refused"
	is "$(wc -l <"$tmp/err")" 1 "$word: with one line"
	like "$said" "'${word//[*+]/.}' makes the kernel print a WARNING.*--dangerous" \
		"$word: which says why"
done
for word in "${others[@]}"; do
	run "$word"
	is "$status" 3 "$word: not refused, but there is no mount"
	unlike "$said" WARNING "$word: and nothing is said of it"
done
run --dangerous store@writeback
is "$status" 3 "--dangerous with what is not: there is no mount"
unlike "$said" WARNING "and nothing is said"

with_sysctl panic_on_warn 0 --dangerous @dangerous
is "$status" 3 "a machine that does not panic: there is no mount"
like "$(head -n 1 "$tmp/err")" 'make the kernel print a WARNING and lose data' \
	"what may happen is said first"
for sysctl in panic_on_warn warn_limit; do
	[ -e "/proc/sys/kernel/$sysctl" ] || {
		skip 2 "there is no $sysctl"
		continue
	}
	with_sysctl "$sysctl" 1 --dangerous @all
	is "$status" 2 "$sysctl: nothing is run"
	like "$said" "$sysctl is not 0: this machine would panic" \
		"$sysctl: and it is said why"
done
with_sysctl panic_on_warn 1 --dangerous store@writeback
is "$status" 3 "panic_on_warn does not matter to others"
is "$(pinctl list @dangerous | grep -vc -e last-writer-gone -e '^scenario')" 0 \
	"list shows which these are"
ok "and that there are some" test "$(pinctl list @dangerous | grep -c @last-writer-gone)" -gt 0
