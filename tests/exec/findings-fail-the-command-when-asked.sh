#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: --fail-on makes the status 1 when an event of its classes came, also
#           one that came only while the mount was unmounted, and does nothing
#           otherwise.
# Refuted by: 1 without such an event, or another status with one.
# Proof of coverage: a real unstable page, by steps and gates inside the command,
#                    is in the log each time; the late event is not yet there when
#                    the command has ended.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
. "$srcdir/tests/lib/exec.sh"
plan 21
events=$src/.pinfs/events.jsonl

# A command that makes a page unstable (README.md), and one that leaves a WRITE
# with other bytes than were declared, which is held, to the end of the mount.
cat >"$tmp/steps" <<'END'
. "$tmp/note"
coproc pinctl client --mnt="$PINFS_MNT"
client=$COPROC_PID
step() { echo "$*" >&"${COPROC[1]}"; read -ru "${COPROC[0]}"; echo "$REPLY"; }
END
cat >"$tmp/unstable" <<'END'
. "$tmp/steps"
step create fd=s path=s size=4k
step open fd=d path=s mode=r direct
step create fd=t path=t size=4k
step map mem=m fd=t len=4k
step store mem=m len=4k gen=2
R=$(pinctl gate -q . hold op=read path=/s)
W=$(pinctl gate -q . hold op=write path=/t count=1)
step pread fd=d off=0 len=4k into=m '&'
pinctl gate . wait "id=$R"
step sync-range fd=t
pinctl gate . wait "id=$W"
pinctl gate . release "id=$R"
step wait
pinctl gate . release "id=$W"
exec {COPROC[1]}>&-
wait "$client"
END
cat >"$tmp/late" <<'END'
. "$tmp/steps"
step create fd=t path=t size=4k
step map mem=m fd=t len=4k
step anon mem=a len=4k
step store mem=a len=4k gen=7
step declare fd=t off=0 len=4k from=a
step store mem=m len=4k gen=2
pinctl gate . hold op=write path=/t
step fsync fd=t '&'
pinctl gate . wait
grep -c '"event":"declared"' "$events"
kill -9 "$client"
disown -a
END
export tmp events

mount_pinfs @look
live=$(gate status | jq -r .live)
umount_pinfs @look
src=$tmp/src events=$src/.pinfs/events.jsonl
if [ "$live" != proven ]; then
	skip 21 "this kernel hands out copies: live is $live"
	exit 0
fi

run_exec --fail-on=all -- true
is "$status" 0 "a clean run with --fail-on=all: 0"
run_exec --fail-on=all -- sh -c 'exit 6'
is "$status" 6 "or the command's own status"

run_exec -- bash "$tmp/unstable"
is "$status" 0 "an unstable page without --fail-on: 0"
like "$said" ', 1 unstable block \(1 settled\), 0 lost, 0 media; exit 0:' \
	"the summary counts it"
is "$(event_count '.event == "unstable"')" 1 "it is in the log"
left_nothing "nothing is left"
for classes in unstable finding all media,unstable; do
	run_exec --fail-on="$classes" -- bash "$tmp/unstable"
	is "$status" 1 "an unstable page with --fail-on=$classes: 1"
	like "$said" '; exit 1: unstable \(--fail-on\); CMD ended with 0$' \
		"and it says what for"
done
run_exec --fail-on=media,lost,doubt -- bash "$tmp/unstable"
is "$status" 0 "an unstable page with --fail-on of other classes: 0"
run_exec -o event_limit=0 --fail-on=unstable -- bash "$tmp/unstable"
is "$status" 1 "one that is only counted: 1"
is "$(event_count '.event == "unstable"')" 6 "and not in the log"

run_exec --fail-on=declared -- bash "$tmp/late"
is "$(tail -n 1 <<<"$out")" 0 "no late event when the command ends"
is "$status" 1 "an event that comes while it is unmounted: 1"
like "$said" '1 declared; exit 1: declared \(--fail-on\)' "it is counted"
left_nothing "nothing is left of the one that was held"
