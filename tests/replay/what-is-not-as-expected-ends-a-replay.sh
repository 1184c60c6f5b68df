#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the first line that does not come out as the schedule says ends the
#           replay with status 1, and one line says which it was, what was
#           expected and what came; nothing behind it is done, and nothing stays
#           held.
# Refuted by: another status or line; a mark set by a later line; a gate or held
#             request that is left.
# Proof of coverage: each schedule is also run with the right expectation, and
#                    goes to its end then.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
cases=0
mount_pinfs
printf '0123' >"$src/t"

# A schedule, what is wrong in it, what would be right, the message.
while IFS='|' read -r wrong right pattern text; do
	cases=$((cases + 1))
	printf '%b\nmark text=end\n' "a: open fd=t path=t\n$text" \
		>"$tmp/$cases.text"
	printf '%s|%s|%s\n' "$wrong" "$right" "$pattern" >"$tmp/$cases.case"
done <<'END'
ok|ENOENT|expected ok, got 'fail errno=ENOENT us=|a: unlink path=none => @
EIO|ENOENT|expected EIO, got 'fail errno=ENOENT us=|a: unlink path=none => @
ENOENT|any|expected ENOENT, got 'ok ret=4 us=|a: read fd=t len=8 => @
ret=8|ret=4|expected ret=8, got 'ok ret=4 us=|a: read fd=t len=8 => @
ret>=5|ret>=4|expected ret>=5, got 'ok ret=4 us=|a: read fd=t len=8 => @
us<=0|us>=0|expected us<=0, got 'ok ret=|a: fsync fd=t => @
ETIMEDOUT held=1|ETIMEDOUT held=0|expected held=1, got .*"held":0|wait timeout=1ms => @
ok|ETIMEDOUT|expected ok, got .*"ETIMEDOUT"|wait timeout=1ms => @
EINVAL|ok|expected EINVAL, got .*"ok":true|list => @
counters.holds>=9999|counters.holds<=9999|expected counters.holds>=9999, got|status => @
count=2|count=1|expected count=2, got 1 events|mark text=x\nexpect event=mark text=x @
count=0|count>=1|expected count=0, got 1 events|mark text=x\nexpect event=mark text=x @
count=1|count=0|expected count=1, got 0 events|mark text=x\nmark text=y\nexpect event=mark text=x @
count=2|count=1|expected count=2, got 1 events|a: open fd=d path=t direct\nhold op=read path=/t deadline=200ms\na: read fd=d len=4 &\nwait\nexpect event=expired @ within=2s\njoin
text=y|text=x|expected count>=1, got 0 events|mark text=x\nexpect event=mark @
ret=8|ret=4|expected ret=8, got 'ok ret=4|a: read fd=t len=8 & => @\njoin
b|a|b: .* does not understand it: there is no descriptor|@: fsync fd=t
blocked one|join one|'one' has ended: ok ret=0|a: fsync fd=t & as one\njoin\n@
END
plan $((4 * cases + 5))

# ends - how many schedules have come to their last line.
ends() {
	event_count '.event == "mark" and .text == "end"'
}

# run_with TEXT VALUE - with the value in the place of @.
run_with() {
	sed "s|@|$2|" "$1" >"$tmp/schedule"
	status=0
	pinctl replay "$mnt" "$tmp/schedule" >"$tmp/out" 2>"$tmp/err" || status=$?
}

for ((i = 1; i <= cases; i++)); do
	IFS='|' read -r wrong right pattern <"$tmp/$i.case"
	run_with "$tmp/$i.text" "$right"
	is "$status $(ends) $(<"$tmp/err")" "0 $i " \
		"$i: with '$right' it goes to its end"
	run_with "$tmp/$i.text" "$wrong"
	# Steps that were started and not joined are said behind it.
	sed -i '/has not been seen to end$/d' "$tmp/err"
	is "$status $(ends) $(wc -l <"$tmp/err")" "1 $i 1" \
		"$i: with '$wrong' it ends there"
	like "$(<"$tmp/err")" "^pinctl: $tmp/schedule:[0-9]+: .*$pattern" \
		"$i: and says why"
	like "$(<"$tmp/out")" 'round 1 of 1 not as expected' \
		"$i: the last line says so, too"
done

cat >"$tmp/schedule" <<'END'
a: open fd=t path=t direct
b: open fd=t path=t direct
hold op=read path=/t deadline=25s
a: read fd=t len=4 & as one
b: read fd=t len=4 & as two
wait held=2
pause
blocked one two
join one
END
status=0
pinctl replay --timeout=1s "$mnt" "$tmp/schedule" >"$tmp/out" 2>"$tmp/err" ||
	status=$?
is "$status" 1 "what does not come in time is not as expected"
like "$(<"$tmp/err")" "schedule:4: .*not done when the 1 s of --timeout were up" \
	"it says which step it waited for"
like "$(<"$tmp/err")" "schedule:5: 'b: .*' has not been seen to end" \
	"and which others had not ended"
is "$(gate status | jq -c '[.gates, .held, .paused]')" '[0,0,false]' \
	"nothing is held or paused"

cat >"$tmp/schedule" <<'END'
a: open fd=d path=t direct
hold op=read path=/t deadline=25s
a: read fd=d len=4 & as one => ret=4 us>=1
wait
blocked one
END
exits 0 "what is held at the end of a schedule is let go of, and joined" \
	pinctl replay --timeout=10s --repeat=10 "$mnt" "$tmp/schedule"
