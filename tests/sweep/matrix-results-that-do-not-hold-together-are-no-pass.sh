#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a result.json that is missing, cut, of another form, that may not be
#           read, or whose claim does not agree with what it has, makes its kernel
#           one that could not be told, with the reason, and status 3; the other
#           kernels stand.
# Refuted by: a status other than 3, a cell of that kernel that is an answer.
# Proof of coverage: the same file before it is damaged has status 0.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/sweep.sh"
require_prog jq setpriv
damages=$(sed 's/^\t//' <<'END'
	del(.pinfs_sweep)	form
	.pinfs_sweep = 2	form
	.outcome = "fine"	outcome "fine"
	del(.outcome)	outcome ""
	.summary = null	no summary
	.summary.scenarios = 3	2 of 3 results
	del(.results[1])	1 of 2 results
	del(.results)	no "results"
	.results[0] |= del(.verdict)	result 1
	.results[1].outcome = "good"	result 2
	.results[1].verdict = "GOOD"	result 2
	.results[1].runs = "many"	result 2
	.results[1] = .results[0]	two results of a@b
	.status = null	status -1
	.status = 2	status 2
	.status = 139	status 139
	.status = 4294967296	status -1
	.status = 1	status 1, and its results come to 0
	.status = 3	status 3, and its results come to 0
	.status = 4	status 4, and its results come to 0
	.results[0].verdict = "LOST"	result 1
	.results[0].verdict = "ERROR"	result 1
	.results[0].known = null	result 1
	.results = [] | .summary.scenarios = 0	no scenario
END
)
plan $((16 + 2 * $(wc -l <<<"$damages")))

# put FILTER - the result of one kernel beside another.
put() {
	rm -rf "$tmp/out"
	sweep_kernel "$tmp/out/good" 6.1.1 complete <<<"a@b STABLE STABLE"
	sweep_kernel "$tmp/out/bad" 6.2.1 complete "$1" <<-END
		a@b STABLE STABLE
		c@d STABLE STABLE
	END
}

# untold REASON WHAT - two checks.
untold() {
	exits 3 "$2: status 3" sweep-matrix json "$tmp/out"
	sweep-matrix json "$tmp/out" >"$tmp/json" || true
	ok "and why: $1" jq -e --arg reason "$1" '
		[.kernels[] | select(.stands | not)] as $untold |
		($untold | length) == 1 and
		($untold[0].reason | contains($reason)) and
		.kernels[0].label == "6.1.1" and
		.cells[0][0].partial == false and
		(.cells[0][1] | .partial == true or .outcome == "untold")
		' "$tmp/json"
}

put .
exits 0 "whole, it is one that has passed" sweep-matrix json "$tmp/out"
while IFS=$'\t' read -r filter reason; do
	put "$filter"
	untold "$reason" "$filter"
done <<<"$damages"

put .
head -c 200 "$tmp/out/bad/result.json" >"$tmp/cut"
mv "$tmp/cut" "$tmp/out/bad/result.json"
untold 'result.json, line' "cut off"
put .
rm "$tmp/out/bad/result.json"
untold 'No such file' "a console log, and no result"
put .
: >"$tmp/out/bad/result.json"
untold 'result.json, line' "empty"
put .
rm "$tmp/out/bad/result.json"
mkfifo "$tmp/out/bad/result.json"
untold 'no file' "a pipe"

# A place that may not be looked into, as another user's. Root may, but without
# these capabilities.
put .
chmod 0 "$tmp/out/bad"
mkdir -m 0 "$tmp/out/previous"
as_told=()
if [ "$(id -u)" -eq 0 ]; then
	as_told=(setpriv "--bounding-set=-dac_override,-dac_read_search")
fi
exits 3 "a place that may not be looked into: status 3" \
	"${as_told[@]}" sweep-matrix json "$tmp/out"
is "$("${as_told[@]}" sweep-matrix json "$tmp/out" |
	jq -r '.kernels[] | select(.stands | not) | "\(.label): \(.reason)"')" \
	"bad: result.json: Permission denied" "and why"
chmod 755 "$tmp/out/bad"
rmdir "$tmp/out/previous"

# A log that says more than the outcome does.
put '.kernel_log = [{kind: "lockdep", text: "x", scenario: null}]'
exits 1 "\"complete\", and a warning in the log: status 1" \
	sweep-matrix json "$tmp/out"
is "$(sweep-matrix json "$tmp/out" | jq -r '.kernels[1].outcome')" warned \
	"it has warned"
put '.kernel_log = [{kind: "oops", text: "x", scenario: null}]'
is "$(sweep-matrix json "$tmp/out" | jq -r '.kernels[1].outcome')" oopsed \
	"or oopsed"
mkdir -p "$tmp/out/previous/good.1"
cp "$tmp/out/bad/result.json" "$tmp/out/previous/good.1"
is "$(sweep-matrix json "$tmp/out" | jq '.kernels | length')" 2 \
	"what is kept of earlier sweeps is not looked at"
mkdir "$tmp/out/notes"
is "$(sweep-matrix json "$tmp/out" | jq '.kernels | length')" 2 \
	"nor are other directories"
