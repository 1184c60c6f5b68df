#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: of six kernels' results the matrix says, in this order, which verdicts
#           deviate, which kernels could not be told and why, what kernels said in
#           their logs, and between which two neighbours a verdict changed, with
#           those between that cannot say; rows that are the same are counted, all
#           of them are shown on demand; no line is wider than the terminal.
# Refuted by: a fact that is missing or in another place, another status.
# Proof of coverage: the same kernels without what is wrong have status 0 or 1.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/sweep.sh"
require_prog jq
plan 46

# table ARG... - of $tmp/six, in $tmp/table; its status is the sweep's.
table() {
	sweep-matrix table "$@" >"$tmp/table"
}

# has TEXT DESCRIPTION - a line of it, as it is but for spaces before it.
has() {
	ok "$2" grep -qxF -- "$1" <(sed 's/^ *//' "$tmp/table")
}

# line TEXT - the number of the line that begins with it.
line() {
	grep -nm 1 -- "^$1" "$tmp/table" | cut -d: -f1
}

sweep_six "$tmp/six"
export COLUMNS=200
exits 3 "kernels that could not be told: status 3" table "$tmp/six"
has 'pwrite@writeback: LOST, known: UNSTABLE, on 6.13.7 (before it failed)' \
	"a deviation before a panic"
has 'pwrite@writeback: STABLE, known: UNSTABLE, on 6.16.12, 6.17.13' \
	"a deviation on two kernels is told once"
has '6.13.7: panic: Kernel panic - not syncing: Fatal exception while dio-read@writeback ran; 2 results had come' \
	"a panic, its reason, and what ran"
has '7.1-rc3: boot-failure: the test says boot-failure; last stage: run' \
	"a kernel that did not come up"
has '6.12.95: warn during pwrite@writeback: WARNING: CPU: 0 PID: 77 at fs/fuse/file.c:1234' \
	"a warning, and the scenario that ran"
has 'uring-read@writeback: ERROR on 6.17.13: the mount went away' \
	"what could not be judged"
has 'dio-read@writeback: HIDDEN -> UNSTABLE between 6.12.95 and 6.16.12 (6.13.7 could not tell)' \
	"a change, and who between cannot tell"
unlike "$(cat "$tmp/table")" 'uring-read@writeback: UNSTABLE' \
	"an ERROR is no change, nor is a SKIP"
has 'no io_uring here: 6.1.158 (1)' "why something was skipped"
has '4 scenarios: STABLE on 6.1.158, 6.12.95, 6.16.12, 6.17.13; ? on 6.13.7, 7.1-rc3' \
	"rows in common are counted"
has 'dio-read@writeback    HIDDEN    HIDDEN    ?       >UNSTABLE  UNSTABLE  ?' \
	"a change is marked in its row"
has 'pwrite@writeback      UNSTABLE  UNSTABLE  LOST!~  >STABLE!   STABLE!   ?' \
	"and so are deviations and partial results"
like "$(grep -A 1 '^ *6.1.158 *6.12.95' "$tmp/table" | tail -n 1)" \
	'^ *warned +panic +boot-failure$' "the heads say what became of kernels"
has '6 kernels, 8 scenarios: 3 deviations, 2 kernels could not be told, 1 warned, 2 changes' \
	"the sums"
numbers=()
for heading in 'Deviations' 'Kernels that could' 'What kernels said' \
	       'Changes' 'Kernels:' 'Scenarios:'; do
	numbers+=("$(line "$heading")")
done
is "${numbers[*]}" "$(printf '%s\n' "${numbers[@]}" | sort -n | xargs)" \
	"what is worst comes first"

sweep-matrix all "$tmp/six" >"$tmp/table" || true
is "$(grep -c '^aio-read@plain' "$tmp/table")" 5 "all rows, when asked for"
for width in 40 60 80 100; do
	COLUMNS=$width table "$tmp/six" || true
	is "$(awk -v width=$width 'length > width' "$tmp/table")" '' \
		"no line is wider than $width columns"
	is "$(grep -c '^ *6.17.13 *$\|  6.17.13\( \|$\)' \
		<(sed -n '/^Scenarios:/,$p' "$tmp/table"))" 1 \
		"and every kernel has its column"
done
unlike "$(cat "$tmp/table")" $'\x1b' "no escape sequences"
COLOUR=1 table "$tmp/six" || true
like "$(cat "$tmp/table")" $'\x1b.31mSTABLE!' "but where they are welcome"

# The statuses.
rm -r "$tmp/six/third" "$tmp/six/sixth"
exits 1 "deviations, all told: status 1" table "$tmp/six"
rm -r "$tmp/six/fourth" "$tmp/six/fifth"
exits 1 "nothing but a warning: status 1" table "$tmp/six"
exits 0 "all as known: status 0" table "$tmp/six/first"
sweep_kernel "$tmp/skips/one" 6.1.1 complete <<<'a@b SKIP STABLE none'
exits 4 "all skipped: status 4" table "$tmp/skips"
sweep_kernel "$tmp/nothing/one" 6.1.1 complete \
	'.summary = {scenarios: 0, skipped: "no fuse"} | .status = 4' </dev/null
exits 4 "nothing could run: status 4" table "$tmp/nothing"
like "$(cat "$tmp/table")" 'skipped: no fuse' "and why is said"
like "$(sweep-matrix html "$tmp/nothing" || true)" \
	'<li>no fuse: <a href="#kernel-0">6.1.1</a> \(all\)' "on the page as well"
sweep_kernel "$tmp/silent/one" 6.1.1 oopsed '.reason = "an oops, no line of it"' \
	<<<'a@b STABLE STABLE'
like "$(sweep-matrix html "$tmp/silent" || true)" \
	'logs</h3>[[:space:]]*<ul class="plain">[[:space:]]*<li><a href="#kernel-0">6.1.1</a>: an oops, no line of it' \
	"which has an oops without a line in the log"
sweep_kernel "$tmp/error/one" 6.1.1 complete <<<'a@b ERROR STABLE why'
exits 3 "an ERROR and nothing else: status 3" table "$tmp/error"

# Twenty kernels with long names: numbers in the heads, a list that says whose.
for number in {10..29}; do
	sweep_kernel "$tmp/many/linux-image-$number-cloud-amd64" \
		6.12.0 complete <<<"dio-read@writeback UNSTABLE UNSTABLE"
done
COLUMNS=80 exits 0 "twenty kernels" sweep-matrix all "$tmp/many"
COLUMNS=80 sweep-matrix all "$tmp/many" >"$tmp/table"
is "$(awk 'length > 80' "$tmp/table")" '' "in 80 columns"
like "$(cat "$tmp/table")" '#7 linux-image-16-cloud-amd64' "a number for each"
like "$(cat "$tmp/table")" '#19 +#20' "which its column has"

# The worst verdict may be the known one, and something beside it deviate.
sweep_kernel "$tmp/beside/a" 6.1.1 complete '.status = 1 |
	.results[0] |= (.outcome = "deviates" | .also = {PINLEAK: 1})' \
	<<<"a@b UNSTABLE UNSTABLE"
sweep_kernel "$tmp/beside/b" 6.2.1 complete '.status = 1 |
	.results[0] |= (.outcome = "deviates" | .runs = 100 |
		.verdicts = {UNSTABLE: 98, BLOCKED: 2})' \
	<<<"a@b UNSTABLE UNSTABLE"
exits 1 "verdicts beside the known one: status 1" table "$tmp/beside"
has 'a@b: UNSTABLE (also PINLEAK), known: UNSTABLE, on 6.1.1' \
	"what else there was"
has 'a@b: 98 UNSTABLE, 2 BLOCKED, known: UNSTABLE, on 6.2.1' "of several runs"
like "$(sweep-matrix ktap "$tmp/beside" || true)" \
	'# verdict: 98 UNSTABLE, 2 BLOCKED'$'\n' "in KTAP"
like "$(sweep-matrix junit "$tmp/beside" || true)" \
	'failure message="UNSTABLE \(also PINLEAK\), known: UNSTABLE"' "in JUnit"
like "$(sweep-matrix html "$tmp/beside" || true)" \
	'98 UNSTABLE, 2 BLOCKED, known: UNSTABLE' "and in the page"
