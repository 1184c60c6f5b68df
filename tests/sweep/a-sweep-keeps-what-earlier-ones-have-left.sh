#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what a sweep finds of an earlier one is kept beside its own results, as
#           far as --keep-runs says; a signal ends all machines, tells what was
#           there before, and then ends pinctl; one sweep at a time has a
#           directory; single kernels put together by --merge are what one sweep of
#           all of them is.
# Refuted by: a log of an earlier sweep that is gone or is taken for one of this; a
#             machine that outlives pinctl; a matrix that is not the same.
# Proof of coverage: each run's result has words of its own; the machines that a
#                    signal ends were running, by their process ids.
. "$srcdir/tests/lib/played.sh"
require_prog jq gzip
plan 17

one=pwrite@writeback
run=0
verdict_in() {
	jq -r '.results[0].verdict' "$tmp/out/$1/result.json" 2>/dev/null ||
		echo none
}
for verdict in STABLE BLOCKED UNSTABLE TORN; do
	run=$((run + 1))
	says "$tmp/k" 6.1.0 "$verdict"
	sweep -q --keep-runs=2 -s $one "$tmp/k" >&2
done
is "$(verdict_in 6.1.0)" TORN "the last run is where it is expected"
is "$(verdict_in previous/6.1.0.1)" UNSTABLE "the one before it is kept"
is "$(verdict_in previous/6.1.0.2)" BLOCKED "and the one before that"
is "$(verdict_in previous/6.1.0.3)" none "and no more"
ok "with its console" test -s "$tmp/out/previous/6.1.0.1/console.log"
sweep --merge --json "$tmp/out" >"$tmp/merged"
is "$(jq '.kernels | length' "$tmp/merged")" 1 \
	"what is kept is no kernel of the matrix"

# Two kernels of one release in one sweep.
says "$tmp/other" 6.1.0 STABLE
sweep -q -s $one "$tmp/k" "$tmp/other" >&2
is "$(verdict_in 6.1.0) $(verdict_in 6.1.0-2)" "TORN STABLE" \
	"two kernels of one name have a place each"

# A signal: one is done, two run, one has not begun.
rm -r "$tmp/out"
says "$tmp/done" 6.2.0 STABLE
kernel_of "$tmp/slow1" 6.3.0 "$boot;$(gives $one STABLE as_known)"
kernel_of "$tmp/slow2" 6.4.0 "$boot"
begin_count
timeout -s KILL 100 pinctl sweep "${played[@]}" --out="$tmp/out" -j2 -s $one \
	"$tmp/done" "$tmp/slow1" "$tmp/slow2" "$tmp/k" >"$tmp/said" 2>"$tmp/messages" &
sweeper=$!
three_started() {
	[ "$(starts)" -eq 3 ] && grep -q '6.2.0: complete' "$tmp/messages"
}
await three_started
# The child of timeout(1), which would pass a signal on to all of its group.
pid=$(awk '{ print $1 }' "/proc/$sweeper/task/$sweeper/children")
mapfile -t machines < <(awk '{ print $1 }' "$tmp/starts" | tail -n 2)
ok "the machines run" kill -0 "${machines[@]}"
not_ok "nobody else may have the directory" sweep -s $one "$tmp/k"
kill -INT "$pid"
status=0
wait "$sweeper" || status=$?
is "$status" 130 "SIGINT ends pinctl"
left=0
for machine in "${machines[@]}"; do
	[ ! -e "/proc/$machine" ] || left=$((left + 1))
done
is "$left" 0 "and no machine is left"
is "$(verdict_in 6.2.0)" STABLE "what was there before is kept"
is "$(jq -r .outcome "$tmp/out/6.3.0/result.json")" harness \
	"what was stopped could not be told"
is "$(jq -r '.kernels | length' "$tmp/out/matrix.json")" 3 \
	"and both are in the matrix"
is "$(find "$tmp/out" -name 'initrd*')" '' "nothing half done is left"

# Jobs of one kernel each.
kernels=()
for number in 5 6 7; do
	verdict=STABLE
	[ "$number" -lt 6 ] || verdict=UNSTABLE
	says "$tmp/j$number" "6.$number.0" "$verdict"
	kernels+=("$tmp/j$number")
	timeout -s KILL 100 pinctl sweep "${played[@]}" -q -s $one \
		--out="$tmp/jobs/$number" "$tmp/j$number" >&2
done
rm -r "$tmp/out"
sweep -q -s $one "${kernels[@]}" >"$tmp/said"
pinctl sweep --merge "$tmp"/jobs/* >"$tmp/merged"
is "$(<"$tmp/merged")" "$(<"$tmp/said")" "--merge says what one sweep says"
like "$(<"$tmp/merged")" 'UNSTABLE' "which is something"
