#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --ktap is KTAP version 1, and --tap=13 TAP version 13 that prove(1)
#           takes, whatever comes of the run; a line is "not ok" exactly when
#           the run fails because of it, each deviation and each skip says why.
# Refuted by: a fault that the parser of the specification finds in the output
#             of a run; a status or an "ok" that contradicts the other.
# Proof of coverage: passes, known bad verdicts, failures, skips, errors, hangs
#                    and an early end all occur; prove finds a missing line.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/ktap.sh"
require_fuse
require_prog prove
[ "$(id -u)" -ne 0 ] || require_fusectl
plan 47
mkdir "$tmp/runs"
export TMPDIR=$tmp/runs

# ktap NAME STATUS OPTION... - a run; two checks. Its output stays in $tmp/NAME.
ktap() {
	local name=$1 status=$2
	shift 2
	exits "$status" "$name: status $status" \
		eval "timeout 100 pinctl run --ktap $* >'$tmp/$name' 2>'$tmp/err'"
	is "$(ktap_faults "$tmp/$name")" '' "$name: KTAP"
}

# results FILE [WORDS] - how many results, or how many that begin with WORDS.
results() {
	grep -cE "^${2:-(not )?ok }" "$1" || true
}

# diagnostics FILE KEY - how many there are of them.
diagnostics() {
	grep -c "^# $2: ." "$1" || true
}

# ----------------------------------------------------------------- as known
ktap all 0
is "$(results "$tmp/all")" "$(pinctl list @default | grep -c @)" \
	"a result for each scenario"
is "$(results "$tmp/all" 'not ok')" 0 "none is not ok"
is "$(diagnostics "$tmp/all" ground)" "$(diagnostics "$tmp/all" known)" \
	"each known verdict has its ground"
ok "some are known to be bad" grep -q ' # XFAIL ' "$tmp/all"

ktap verbose 0 -v store@writeback dio-read@writeback
ktap quiet 0 -q store@writeback
ktap repeated 0 --repeat=3 store@writeback pwrite@after-writeback
ok "repeated runs are counted" grep -qx '# verdict: 3 STABLE' "$tmp/repeated"
ktap shuffled 0 --shuffle --seed=7 --repeat=2
is "$(sed -n 's/^ok [0-9]* \([^ ]*\).*/\1/p' "$tmp/shuffled" | sort)" \
	"$(sed -n 's/^ok [0-9]* \([^ ]*\).*/\1/p' "$tmp/all" | sort)" \
	"shuffled: the same scenarios"
ktap hidden 0 -o live=off

# ------------------------------------------------------------- not as known
printf '*\t-\tTORN\tplanted ground # 1\n' >"$tmp/wrong.tsv"
ktap wrong 1 --known="$tmp/wrong.tsv"
is "$(grep -cE '^not ok|^ok .* # SKIP ' "$tmp/wrong")" \
	"$(results "$tmp/wrong")" "a deviation is not ok"
ok "not all are skipped" grep -q '^not ok' "$tmp/wrong"
is "$(grep -c '^# ground: planted ground' "$tmp/wrong")" \
	"$(results "$tmp/wrong" 'not ok')" "and says what the known value rests on"
ktap strict 1 --strict pwrite@after-writeback store@writeback dio-read@writeback
is "$(results "$tmp/strict" 'not ok')" 1 "only what is bad is not ok"

: >"$tmp/empty.tsv"
ktap unknown 3 --known="$tmp/empty.tsv" store@writeback
ok "what cannot be compared is an ERROR" \
	grep -q '^not ok 1 store@writeback # ERROR ' "$tmp/unknown"

ktap skipped 4 -o cache=none store@writeback
ok "a skip has its reason" grep -q '^ok 1 .* # SKIP .* page cache' \
	"$tmp/skipped"
ktap stopped 1 --until-failure --known="$tmp/wrong.tsv" 'store@*'
ok "what did not run is skipped, with the reason" \
	grep -q '^ok 2 .* # SKIP stopped before it ran$' "$tmp/stopped"

# --------------------------------------------------------------- an early end
some_are_told() {
	[ "$(results "$1")" -gt 0 ]
}
pinctl run --ktap --repeat=300 store@after-writeback pwrite@after-writeback \
	>"$tmp/cut" 2>"$tmp/err" &
pid=$!
wait_for -t 60 some_are_told "$tmp/cut"
kill -TERM "$pid"
wait "$pid" || true
is "$(ktap_faults "$tmp/cut")" "$(printf '%s\n' \
	"$(wc -l <"$tmp/cut"): fewer results than planned: the end" \
	"$(wc -l <"$tmp/cut"): no totals: the end")" \
	"interrupted: what is there is KTAP, and is not all"

# hung: another's gate keeps every WRITE; what comes then has no mount.
hung() {
	mount_pinfs
	gate hold op=write deadline=25s >&2
	ktap hung 1 --timeout=500ms --mnt="$mnt" store@writeback \
		pwrite@writeback
	ok "a hang is a TIMEOUT" \
		grep -q '^not ok 1 store@writeback # TIMEOUT HUNG$' "$tmp/hung"
	ok "what has no mount then is an ERROR, with the reason" grep -q \
		'^not ok 2 pwrite@writeback # ERROR the mount was aborted$' \
		"$tmp/hung"
}
if [ "$(id -u)" -eq 0 ]; then
	hung
else
	skip 4 "only root can abort a mount"
fi

# ---------------------------------------------------------------------- prove
# proven FILE - does prove take it? Its words are in $tmp/prove.
proven() {
	prove --exec cat "$1" >"$tmp/prove" 2>&1
}

exits 0 "--tap=13" eval "pinctl run --tap=13 >'$tmp/tap'"
is "$(ktap_faults "$tmp/tap" "TAP version 13")" '' "it is TAP version 13"
ok "prove takes it" proven "$tmp/tap"
like "$(<"$tmp/prove")" "Tests=$(results "$tmp/tap")," "and counts all of it"
sed '/^ok 2 /d' "$tmp/tap" >"$tmp/fault"
not_ok "prove finds a missing line" proven "$tmp/fault"
pinctl run --tap=13 --known="$tmp/wrong.tsv" store@writeback \
	store@after-writeback >"$tmp/tap" || true
not_ok "prove finds deviations" proven "$tmp/tap"
like "$(<"$tmp/prove")" "Failed 2/2 subtests" "and says how many"
