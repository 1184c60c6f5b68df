#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the KTAP parser of the tests accepts what its specification allows,
#           nested tests too, and rejects every kind of fault, as that fault.
# Refuted by: a fault in the good examples; a planted one that is not found, or
#             taken for another.
# Proof of coverage: each planted fault changes the example; the kinds of faults
#                    are read out of the parser, and each has been planted.
. "$srcdir/tests/lib/tap.sh"
. "$srcdir/tests/lib/ktap.sh"
parser=$srcdir/tests/lib/ktap.awk

cat >"$tmp/nested" <<'END'
KTAP version 1
1..3
# said of the next
  KTAP version 1
  1..2
    KTAP version 1
    1..1
    # said of the innermost
    not ok 1 innermost
  # said of the middle
  not ok 1 middle # rcode=1
  ok 2 beside # SKIP no device
not ok 1 outer
ok 2 plain, with words
  KTAP version 1
  1..1
  ok 1 known # XFAIL bad
ok 3 last
END
cat >"$tmp/flat" <<'END'
KTAP version 1
1..5
# verdict: A
# other: x
ok 1 first
# verdict: B
ok 2 second # XFAIL bad
# verdict: C
not ok 3 third # TIMEOUT 5 s
# verdict: D
not ok 4 fourth # ERROR no log
# verdict: E
ok 5 fifth # SKIP no device
# stopped at: run 5
# Totals: pass:1 fail:1 xfail:1 xpass:0 skip:1 error:1
END
printf 'KTAP version 1\n1..0 # SKIP no device\n' >"$tmp/skipped"

# Example, fault, and the sed(1) script that plants it.
faults=$(cat <<'END'
flat	no version line	1d
flat	not the version wanted	1s/1/2/
nested	not the version wanted	4s/KTAP version 1/TAP version 13/
nested	a second version line	14a KTAP version 1
nested	indented by two levels at once	4s/^/  /
nested	no plan	7d
nested	a second plan	5a\  1..2
nested	a plan behind results	2d;13a 1..3
flat	not a plan	2s/5/05/
flat	not a plan	2s/$/ five/
flat	a result without a plan before it	2d
flat	fewer results than planned	/^# verdict: E/,/^ok 5/d;s/skip:1/skip:0/
nested	fewer results than planned	5s/2/3/
flat	more results than planned	2s/5/4/
flat	not the next number	s/^ok 2/ok 3/
flat	not the next number	s/^not ok 3/not ok 03/
nested	not the next number	s/  ok 2/  ok 1/
flat	no description	s/^ok 1 first/ok 1/
flat	no description	s/^ok 2 second/ok 2/
flat	a '#' that begins no directive	s/second/&#/
flat	a '#' that begins no directive	s/# XFAIL/#XFAIL/
flat	not a directive of KTAP	s/XFAIL/TO\x44O/
flat	not a directive of KTAP	s/XFAIL/BROKEN/
flat	a directive in small letters	s/SKIP/skip/
flat	ok, with a directive that is for not ok	s/^not ok 3/ok 3/
flat	ok, with a directive that is for not ok	s/^not ok 4/ok 4/
flat	not ok, with a directive that is for ok	s/^ok 2/not &/
flat	not ok, with a directive that is for ok	s/^ok 5/not &/
flat	a directive without its reason	s/ no device//
flat	a directive without its reason	s/ 5 s//
flat	the diagnostic of each test is missing or doubled	/verdict: B/d
flat	the diagnostic of each test is missing or doubled	/verdict: B/p
flat	the diagnostic of each test is missing or doubled	/verdict: B/{h;d};/^ok 2/G
nested	ok, with a subtest that is not	s/^  not ok 1/  ok 1/
nested	ok, with a subtest that is not	s/^not ok 1/ok 1/
nested	subtests without the result of their parent	$d
nested	subtests again before the result of their parent	13s/.*/# x/;14d
nested	indented by half a level	8s/^/ /
nested	indented without a version line	6d
flat	not a diagnostic	s/^# other/#other/
flat	a diagnostic behind the result that it is about	s/^# stopped at/# other/
flat	a diagnostic behind the result that it is about	/verdict: E/{h;d};/^ok 5/G
flat	an unknown line	4s/# //
flat	an unknown line	4s/.*//
nested	an unknown line	s/^not ok 1/not OK 1/
flat	wrong totals	$s/fail:1/fail:2/
flat	wrong totals	s/ # XFAIL bad//
flat	totals before the last result	/^ok 5/{h;d};$G
flat	something behind the totals	$p
flat	no totals	$d
END
)
plan $(($(wc -l <<<"$faults") + 6))

# parse EXAMPLE-NAME FILE - the flat ones are held to what pinctl adds.
parse() {
	if [ "$1" = nested ]; then
		awk -f "$parser" "$2" || true
	else
		ktap_faults "$2"
	fi
}

# planted EXAMPLE FAULT SCRIPT - it is found, and was not there before.
planted() {
	sed "$3" "$tmp/$1" >"$tmp/fault"
	! cmp -s "$tmp/$1" "$tmp/fault" || return
	parse "$1" "$tmp/fault" | tee "$tmp/found" >&2
	grep -qF ": $2: " "$tmp/found"
}

for name in nested flat skipped; do
	is "$(parse "$name" "$tmp/$name")" '' "$name: no fault"
done
while IFS=$'\t' read -r name fault script; do
	ok "$name, $script: $fault" planted "$name" "$fault" "$script"
done <<<"$faults"
is "$(head -c -1 "$tmp/flat" >"$tmp/cut"; ktap_faults "$tmp/cut")" \
	"the last line has no end" "a line that is cut is found"
: >"$tmp/nothing"
like "$(ktap_faults "$tmp/nothing")" 'no version line' "nothing is not KTAP"
is "$(cut -f 2 <<<"$faults" | sort -u)" \
	"$(sed -n 's/.*fault("\(.*\)").*/\1/p' "$parser" | sort -u)" \
	"every kind of fault has been planted"
