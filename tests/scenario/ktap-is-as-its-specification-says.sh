#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --ktap is KTAP version 1, and --tap=13 TAP version 13: version line,
#           plan, results numbered without a gap, diagnostics before the result
#           that they belong to, a Totals line that adds up; a line is "not ok"
#           exactly when the run fails because of it.
# Refuted by: a line that the parser does not know, or one out of place.
# Proof of coverage: the parser finds faults that are planted into real output;
#                    passes, failures, skips and errors all occur.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
plan 19
export TMPDIR=$tmp

# parse FILE VERSION - faults, one a line. From Documentation/dev-tools/ktap.rst:
# nothing may follow a directive's data, and no description has a '#'.
parse() {
	awk -v version="$2" '
	function fault(text) { print FNR ": " text ": " $0 }
	FNR == 1 { if ($0 != version) fault("no version line"); next }
	FNR == 2 {
		if ($0 !~ /^1\.\.[0-9]+( # SKIP .+)?$/) fault("no plan")
		split($0, plan, "[. ]+"); planned = plan[2]; next
	}
	/^# Totals:/ {
		totals = $0; gsub(/[^0-9]+/, " ", totals)
		split(totals, n, " "); sum = 0
		for (i in n) sum += n[i]
		if (sum != planned) fault("totals do not add up")
		if (told != planned) fault("totals before the last result")
		last = FNR; next
	}
	/^# / { if (told == planned) fault("diagnostics behind the results"); next }
	/^(not )?ok / {
		number = $1 == "not" ? $3 : $2
		if (number != ++told) fault("out of order")
		if ($0 !~ /^(not )?ok [0-9]+ [^#]+( # (SKIP|XFAIL|TIMEOUT|ERROR) [^#]+)?$/)
			fault("no result line")
		if (/^ok .* # (ERROR|TIMEOUT)/ || /^not ok .* # (SKIP|XFAIL)/)
			fault("the directive says the contrary")
		next
	}
	{ fault("not KTAP") }
	END {
		if (told != planned) print "planned " planned ", ran " told
		if (planned && last != FNR) print "no totals at the end"
	}' "$1"
}

# ktap NAME STATUS OPTION... - a run; two checks.
ktap() {
	local name=$1 status=$2
	shift 2
	exits "$status" "$name: status $status" \
		eval "timeout 100 pinctl run --ktap $* >'$tmp/$name' 2>&1"
	is "$(parse "$tmp/$name" "KTAP version 1")" '' "$name: KTAP"
}

ktap all 0
ok "the Totals line has no failure" \
	grep -q '^# Totals: pass:[1-9].* fail:0 .* error:0$' "$tmp/all"

printf '*\t-\tTORN\tplanted\n' >"$tmp/wrong.tsv"
ktap wrong 1 --known="$tmp/wrong.tsv"
is "$(grep -c '^not ok' "$tmp/wrong")" \
	"$(pinctl list | grep -c @)" "a deviation is not ok"

: >"$tmp/empty.tsv"
ktap unknown 3 --known="$tmp/empty.tsv" store@writeback
ok "what cannot be compared is an ERROR" \
	grep -q '^not ok 1 store@writeback # ERROR ' "$tmp/unknown"

ktap skipped 4 -o cache=none store@writeback
ok "a skip has its reason" grep -q '^ok 1 .* # SKIP .* page cache' \
	"$tmp/skipped"

exits 0 "--tap=13" eval "pinctl run --tap=13 store@writeback >'$tmp/tap'"
is "$(parse "$tmp/tap" "TAP version 13")" '' "it is TAP version 13"

# planted SED DESCRIPTION - the fault is found.
planted() {
	sed "$1" "$tmp/all" >"$tmp/fault"
	like "$(parse "$tmp/fault" "KTAP version 1")" '.' "$2 is found"
}
planted 1d "a missing version line"
planted 's/^ok 2/ok 3/' "a wrong number"
planted 's/^ok 1 /ok 1 # /' "a missing description"
planted '$d' "a missing Totals line"
planted '/^ok 1 /d' "a missing result"
