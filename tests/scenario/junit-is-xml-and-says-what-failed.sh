#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --junit is XML of the usual schema (tests/lib/junit.xsd): a testcase
#           for each scenario, with a failure for a deviation, an error for what
#           could not be told, skipped for what could not run, and nothing else
#           for what is as known; each deviation and each skip says why.
# Refuted by: what xmllint refuses; an element too many or too few; sums of the
#             suite that are not those of its cases.
# Proof of coverage: passes, failures, errors, skips and hangs all occur; each
#                    kind of fault against the schema is planted and found.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog xmllint
# sed(1) scripts for the output of a run with a failure and a skip.
faults=$(cat <<'END'
/<testcase/s/>$//
s/testsuites>/testsuite>/
/<testsuite /s/ name="[^"]*"//
/<testsuite /s/ tests="[^"]*"//
/<testsuite /s/ failures="[^"]*"//
/<testsuite /s/ errors="[^"]*"//
/<testsuite /s/ skipped="[^"]*"//
/<testsuite /s/ time="[^"]*"//
/<testsuite /s/tests="[^"]*"/tests="-1"/
/<testsuite /s/failures="[^"]*"/failures="one"/
/<testcase /s/ name="[^"]*"//
/<testcase /s/ name="[^"]*"/ name=""/
/<testcase /s/ name="[^"]*"/ name="same"/
/<testcase /s/ classname="[^"]*"//
/<testcase /s/ time="[^"]*"//
/<testcase /s/time="[^"]*"/time="1e-3"/
/<testcase /s/time="[^"]*"/time="-1"/
/<testcase /s/>/ outcome="x">/
s/<failure message="[^"]*"/<failure/
s/<failure \(.*\) type="[^"]*"/<failure \1/
s/<skipped message="[^"]*"/<skipped/
s/<skipped message="[^"]*"/<skipped message=""/
s/<skipped .*/&&/
/<failure/s/.*/&<skipped message="x"\/>/
/<failure/s/.*/<system-out>x<\/system-out>&/
/<failure/s/.*/&<rerun\/>/
/<testcase /,/<\/testcase>/d
s/<\/testsuite>/<testcase name="a" classname="b" time="0"\/>&/
END
)
plan $((34 + $(wc -l <<<"$faults")))
export TMPDIR=$tmp

# count XPATH - how many there are in the last output.
count() {
	xmllint --xpath "count($1)" "$tmp/xml"
}

# valid FILE - is it of the schema?
valid() {
	xmllint --noout --schema "$srcdir/tests/lib/junit.xsd" "$1"
}

# junit NAME STATUS OPTION... - a run; three checks.
junit() {
	local name=$1 status=$2 sums='' kind
	shift 2
	exits "$status" "$name: status $status" \
		eval "timeout 100 pinctl run --junit $* >'$tmp/xml'"
	ok "$name: as the schema says" valid "$tmp/xml"
	for kind in 'tests testcase' 'failures failure' 'errors error' \
		    'skipped skipped'; do
		sums+=$(count "//testsuite[@${kind% *} = count(.//${kind#* })]")
	done
	is "$sums" 1111 "$name: the sums of the suite are right"
}

junit known 0
is "$(count //testcase)" "$(pinctl list @default | grep -c @)" \
	"a testcase for each scenario"
is "$(count '//failure | //error')" 0 "nothing is wrong"
is "$(count '//testcase[@classname = "pinctl" and @time > 0 and
	string-length(system-out) > 0]')" "$(count //testcase)" \
	"each has class, time and note"

printf 'store@*\t-\tTORN\tplanted\n' >"$tmp/wrong.tsv"
junit deviation 1 --known="$tmp/wrong.tsv" store@writeback
is "$(xmllint --xpath 'string(//testcase[@name = "store@writeback"]/failure/@message)' \
	"$tmp/xml")" 'BLOCKED, known: TORN' "the failure says what came"
is "$(count '//failure[@type = "BLOCKED"]')" 1 "its type is the verdict"
is "$(xmllint --xpath 'string(//failure)' "$tmp/xml")" 'known: TORN, planted' \
	"and it says what the known verdict rests on"
junit strict 1 --strict -v store@writeback pwrite@writeback

: >"$tmp/empty.tsv"
junit unknown 3 --known="$tmp/empty.tsv" store@writeback
is "$(count '//testcase/error[contains(@message, "no known verdict")]')" 1 \
	"what cannot be compared is an error"

junit skipped 4 -o cache=none store@writeback
is "$(count '//testcase/skipped[contains(@message, "page cache")]')" 1 \
	"a skip has its reason"

junit stopped 1 --until-failure --known="$tmp/wrong.tsv" 'store@*'
is "$(count '//testsuite/system-out[contains(., "stopped at run 1: store@writeback")]')" \
	1 "where --until-failure stopped is said"
cp "$tmp/xml" "$tmp/good"

junit repeated 0 --repeat=3 --shuffle store@writeback pwrite@after-writeback
if [ "$(id -u)" -eq 0 ]; then
	require_fusectl
	mount_pinfs
	gate hold op=write deadline=25s >&2
	junit hung 1 --timeout=500ms --mnt="$mnt" store@writeback \
		pwrite@writeback
	is "$(count '//testcase[1]/failure[@type = "HUNG"] |
		//testcase[2]/error[@message = "the mount was aborted"]')" 2 \
		"a hang is a failure, what has no mount then an error"
else
	skip 4 "only root can abort a mount"
fi

# planted SCRIPT - does sed(1) make something of the good one that is refused?
planted() {
	sed "$1" "$tmp/good" >"$tmp/fault"
	! cmp -s "$tmp/good" "$tmp/fault" && ! valid "$tmp/fault"
}
while read -r script; do
	ok "planted: $script" planted "$script"
done <<<"$faults"
