#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the exit status of a sweep is that of the worst of its kernels, where
#           one that could not be told is worse than one that deviates, and what
#           the others said stands. A kernel that is not found, and a process that
#           dies, are rows like others. Mistakes are found before any boot.
# Refuted by: another status, a result that is missing or was made up, a machine
#             that was started for a command line that is wrong.
# Proof of coverage: machines are counted; each kernel's row is read from
#                    matrix.json; each form of output is read by what reads such.
. "$srcdir/tests/lib/played.sh"
. "$srcdir/tests/lib/ktap.sh"
require_prog jq xmllint gzip

one=pwrite@writeback
says "$tmp/good" 6.1.0 UNSTABLE
says "$tmp/better" 6.2.0 STABLE
kernel_of "$tmp/deviates" 6.3.0 \
	"$boot;$(gives $one LOST deviates STABLE);$(ends 1 1)"
kernel_of "$tmp/warns" 6.4.0 "$boot;kernel=warn WARNING: CPU: 0 at x.c:1;$(
	gives $one STABLE as_known);$(ends 1 0)"
kernel_of "$tmp/panics" 6.5.0 \
	"$boot;console=Kernel panic - not syncing: planted;shutdown=guest-reset;exit=0"
kernel_of "$tmp/skips" 6.6.0 "$boot;$(gives $one SKIP skipped);$(ends 1 4)"
kernel_of "$tmp/partial" 6.7.0 \
	"$boot;$(gives $one STABLE as_known);shutdown=guest-shutdown;exit=0"

# status|kernels
mixes="
0|good
0|good better
0|good skips
1|good deviates better
1|warns better
3|panics good
3|deviates panics
3|partial
3|missing good deviates
4|skips
"
usage="
--scenario=nothing@writeback good
--scenario=@nothing good
--repeat=0 good
--shape=nothing good
-j0 good
--memory=1 good
--accel=xen good
--exit-scheme=nothing good
--nothing good
--merge
-q
"
plan $(($(grep -c . <<<"$mixes") + $(grep -c . <<<"$usage") + 20))

# files WORD... - kernels are files of this test, the others are options.
files() {
	local word
	words=()
	for word; do
		case $word in
		-*) words+=("$word") ;;
		*) words+=("$tmp/$word") ;;
		esac
	done
}

status_of() {
	status=0
	sweep "$@" >"$tmp/said" 2>"$tmp/messages" || status=$?
}

while IFS='|' read -r wanted kernels; do
	[ -n "$wanted" ] || continue
	# shellcheck disable=SC2086 # words
	files $kernels
	status_of -s $one "${words[@]}"
	is "$status" "$wanted" "$kernels: $wanted"
done <<<"$mixes"

# The last with a kernel that is not there: the others have said what they said.
files missing good deviates
status_of -s $one "${words[@]}"
row() {
	jq -c "$1" "$tmp/out/matrix.json"
}
ok "matrix.json is JSON" jq -e . "$tmp/out/matrix.json"
is "$(jq -r .outcome "$tmp/out/missing/result.json")" harness \
	"a kernel that is not there has a row"
like "$(jq -r .reason "$tmp/out/missing/result.json")" missing \
	"which says what is not there"
is "$(jq -r '.results[0].verdict' "$tmp/out/6.3.0/result.json")" LOST \
	"the others' verdicts are theirs"
like "$(row .)" '"LOST"' "and in the matrix"
ok "the page is there" grep -qi '<html' "$tmp/out/matrix.html"
like "$(<"$tmp/messages")" '6.3.0: complete after' \
	"a line says how each has ended"

# A process that is killed, as by the kernel for want of memory.
echo "kill -KILL \$(awk '{ print \$4 }' /proc/\$PPID/stat)" >"$tmp/before"
files good
status_of -s $one "${words[@]}"
rm "$tmp/before"
is "$status" 3 "a process that dies is a kernel that could not be told"
like "$(jq -r '.outcome + .reason' "$tmp/out/6.1.0/result.json")" \
	'harness.*signal 9' "and its row says of what"

# What "pinctl run" is told in the machine, as its job has it.
cat >"$tmp/before" <<END
grep -ao '"run":[^]]*]' "\${kernel%/*}"/out/6.1.0/initrd >"$tmp/job"
END
told() {
	sed 's/"run"://' "$tmp/job" | jq -r 'join(" ")'
}
patience='--timeout=60s --option=hold_max=90s'
files good
status_of -s $one "${words[@]}"
is "$(told)" "$patience $one" "pinctl run gets the scenario, and time"
options=(--repeat=3 --strict --shape=pages=2 --timeout=5s --option=cache=off)
status_of "${options[@]}" -s $one -s @pins "${words[@]}"
is "$(told)" "$patience ${options[*]} $one @pins" \
	"and what is handed on, behind that"
status_of "${words[@]}"
is "$(told)" "$patience @default" "without a scenario @default"
rm "$tmp/before"

files skips
status_of --exit-scheme=automake -s $one "${words[@]}"
is "$status" 77 "--exit-scheme maps the status"

files good deviates panics
status_of --ktap -s $one "${words[@]}"
is "$(head -n 1 "$tmp/said")" 'KTAP version 1' "KTAP begins as such"
like "$(<"$tmp/said")" 'not ok 2' "the kernel that deviates is not ok in KTAP"
status_of --junit -s $one "${words[@]}"
ok "JUnit is of its schema" xmllint --noout --schema \
	"$srcdir/tests/lib/junit.xsd" "$tmp/said"
status_of --json -s $one "${words[@]}"
ok "--json is what matrix.json is" cmp "$tmp/said" "$tmp/out/matrix.json"
status_of --html="$tmp/page" -q -s $one "${words[@]}"
ok "--html is a page" grep -qi '<html' "$tmp/page"
is "$(<"$tmp/messages")" '' "-q says nothing on standard error"

begin_count
while read -r line; do
	[ -n "$line" ] || continue
	# shellcheck disable=SC2086 # words
	files $line
	status_of "${words[@]}"
	is "$status" 2 "$line: a mistake"
done <<<"$usage"
is "$(starts)" 0 "and no machine is started for a mistake"
