#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl bisect-packages" names the first package that differs from A,
#           with no more boots than 1+log2(n), rounded up; says when there is no
#           difference, and between which it must be when one cannot be told; what
#           is there from before is not booted again with --reuse.
# Refuted by: another package, status or number of boots; a boot for what is known.
# Proof of coverage: boots are counted where QEMU is started, not by what is said;
#                    each place of the change among eight packages, and none.
. "$srcdir/tests/lib/played.sh"
require_prog jq gzip
plan $((7 * 3 + 18))

search() {
	begin_count
	status=0
	timeout -s KILL 100 pinctl bisect-packages "${played[@]}" -q \
		--out="$tmp/out" "${kernels[@]/#/--kernel=}" "$@" \
		>"$tmp/said" 2>"$tmp/messages" || status=$?
}

# Eight packages; from the one that is given on they say something else.
kernels=()
for number in 0 1 2 3 4 5 6 7; do
	kernels+=("$tmp/k$number")
done
fill() {
	local number verdict=BLOCKED
	for number in 0 1 2 3 4 5 6 7; do
		[ "$number" -lt "$1" ] || verdict=UNSTABLE
		says "$tmp/k$number" "6.$number.0" "$verdict"
	done
}

for change in 1 2 3 4 5 6 7; do
	fill "$change"
	search pwrite@writeback k0 k7
	is "$status" 0 "a change at $change is found"
	like "$(tail -n 1 "$tmp/said")" \
		"^first that differs: k$change .UNSTABLE; before it k$((change - 1)): BLOCKED" \
		"and named"
	ok "with 4 boots or less" test "$(starts)" -le 4
done

fill 8
search pwrite@writeback k0 k7
is "$status" 1 "no change: 1"
like "$(tail -n 1 "$tmp/said")" '^no difference: k0 and k7 say BLOCKED' \
	"which says so"
is "$(starts)" 4 "after 4 boots"

# A part of them only.
fill 2
search pwrite@writeback k3 k6
is "$status" 1 "from A to B only"
ok "with 3 boots or less" test "$(starts)" -le 3
search pwrite@writeback k1 k2
is "$status" 0 "two packages"
is "$(starts)" 2 "with 2 boots"

# One that cannot be told, away from the change and beside it.
fill 6
kernel_of "$tmp/k4" 6.4.0 'greet;exit=0'
search pwrite@writeback k0 k7
like "$(tail -n 1 "$tmp/said")" '^first that differs: k6 ' \
	"a package that cannot be told is gone round"
fill 4
kernel_of "$tmp/k4" 6.4.0 'greet;exit=0'
search pwrite@writeback k0 k7
is "$status" 3 "one at the change: could not tell"
like "$(tail -n 1 "$tmp/said")" 'BLOCKED up to k3, and UNSTABLE from k5 on' \
	"but between which two it is"
kernel_of "$tmp/k0" 6.0.0 'greet;exit=0'
search pwrite@writeback k0 k7
is "$status" 3 "A cannot be told: could not tell"
is "$(starts)" 1 "and nothing else is booted"

# JSON, and what is there from before.
fill 3
rm -r "$tmp/out"
search --json pwrite@writeback k0 k7
is "$(jq -r 'select(.summary).summary | "\(.end) \(.first.spec) \(.boots)"' \
	"$tmp/said")" "found $tmp/k3 $(starts)" "--json says the same"
is "$(jq -s '[.[] | select(.booted)] | length' "$tmp/said")" "$(starts)" \
	"with a line for each boot"
search --reuse pwrite@writeback k0 k7
like "$(tail -n 1 "$tmp/said")" '^first that differs: k3 .*, 0 boots$' \
	"--reuse finds it without a boot"
is "$(starts)" 0 "indeed"
search --reuse store@writeback k0 k1
ok "another scenario is booted for" test "$(starts)" -ge 1

# Mistakes.
wrong=0
for words in 'pwrite@writeback k0' 'nothing@writeback k0 k7' '@pins k0 k7' \
	'pwrite@writeback k7 k0' 'pwrite@writeback k0 none' \
	'-s store@writeback pwrite@writeback k0 k7' '-j2 pwrite@writeback k0 k7'
do
	# shellcheck disable=SC2086 # words
	search $words
	if [ "$status" -ne 2 ] || [ "$(starts)" -ne 0 ]; then
		wrong=1
		diag "$words: $status"
	fi
done
is "$wrong" 0 "mistakes are told, and boot nothing"
