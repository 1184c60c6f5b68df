#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --bisect is 0 when each wish holds, 1 when another verdict came, and
#           125 for all that is no answer: ERROR, SKIP, no result, a panic, no
#           boot, no such kernel, a mistake in the command line. git bisect run
#           finds the first bad commit with it, past one that cannot be told.
# Refuted by: another status; another commit.
# Proof of coverage: each kernel is one machine that ran that scenario; of the
#                    history each commit but one is distinguished by its kernel.
. "$srcdir/tests/lib/played.sh"
. "$srcdir/tests/lib/sweep.sh"
require_prog jq gzip git

one=pwrite@writeback
off_now='shutdown=guest-shutdown;exit=0'
panic="console=Kernel panic - not syncing: planted;shutdown=guest-reset;exit=0"
# status|wishes|steps
table="
0|$one=STABLE|$(gives $one STABLE as_known);$(ends 1 0)
1|$one=STABLE|$(gives $one UNSTABLE as_known);$(ends 1 0)
0|$one=UNSTABLE|$(gives $one UNSTABLE deviates STABLE);$(ends 1 1)
125|$one=STABLE|$(gives $one ERROR could_not_tell);$(ends 1 3)
125|$one=STABLE|$(gives $one SKIP skipped);$(ends 1 4)
125|$one=STABLE|$(gives $one STABLE as_known);$off_now
125|$one=STABLE|$(gives $one UNSTABLE as_known);$panic
0|$one=panic|$(gives $one UNSTABLE as_known);$panic
1|$one=panic|$(gives $one UNSTABLE as_known);$(ends 1 0)
125|$one=panic|$(gives $one UNSTABLE as_known);$off_now
0|$one=STABLE store@writeback=BLOCKED|$(gives $one STABLE as_known);$(
	gives store@writeback BLOCKED as_known);$(ends 2 0)
1|$one=STABLE store@writeback=STABLE|$(gives $one STABLE as_known);$(
	gives store@writeback BLOCKED as_known);$(ends 2 0)
125|$one=LOST store@writeback=STABLE|$(gives $one STABLE as_known);$(ends 1 0)
"
mistakes="
--bisect=$one $tmp/k
--bisect=$one=nothing $tmp/k
--bisect=@default=STABLE $tmp/k
--bisect=$one=STABLE
--bisect=$one=STABLE $tmp/k $tmp/k
--bisect=$one=STABLE $tmp/none
--bisect=$one=STABLE --nothing $tmp/k
--bisect=$one=STABLE --scenario=@pins $tmp/k
--nothing --bisect=$one=STABLE $tmp/k
--bisect=$one=LOST --merge $tmp/told
"
plan $(($(grep -c . <<<"$table") + $(grep -c . <<<"$mistakes") + 3))

bisect() {
	status=0
	sweep "$@" >"$tmp/said" 2>&1 || status=$?
}

while IFS='|' read -r wanted wishes steps; do
	[ -n "$wanted" ] || continue
	words=()
	for wish in $wishes; do
		words+=("--bisect=$wish")
	done
	kernel_of "$tmp/k" 6.1.0 "$boot;$steps"
	bisect "${words[@]}" --kernel "$tmp/k"
	is "$status" "$wanted" "$wishes is $wanted: $(tail -n 1 "$tmp/said")"
done <<<"$table"

sweep_kernel "$tmp/told/one" 6.1.0 complete <<<"$one STABLE STABLE"
while read -r line; do
	[ -n "$line" ] || continue
	# shellcheck disable=SC2086 # words
	bisect $line
	is "$status" 125 "${line//$tmp\//}: 125"
done <<<"$mistakes"
begin_count

# A history of kernels: bad from the sixth on, the fifth does not boot.
repo=$tmp/repo
git init -q "$repo"
cd "$repo"
git config user.email test@example.org
git config user.name test
for number in 1 2 3 4 5 6 7 8 9; do
	verdict=BLOCKED
	[ "$number" -lt 6 ] || verdict=UNSTABLE
	says bzImage "6.$number.0" "$verdict"
	[ "$number" -ne 5 ] || kernel_of bzImage 6.5.0 'greet;exit=0'
	git add bzImage
	git commit -qm "kernel $number"
done
git bisect start HEAD HEAD~8 >&2
git bisect run pinctl sweep "${played[@]}" --out="$tmp/out" \
	--bisect $one=BLOCKED --kernel bzImage >"$tmp/bisected" 2>&1 || true
diag "$(tail -n 5 "$tmp/bisected")"
like "$(<"$tmp/bisected")" 'commit.s first bad commit could be any of|only .skip.ped commits left' \
	"git bisect run goes round the commit that cannot be told"
git bisect log >"$tmp/log"
like "$(git log -1 --format=%s refs/bisect/bad)" '^kernel 6$' \
	"and what is bad is the first bad one"
ok "kernels were booted for it" test "$(starts)" -ge 3
