#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the program that runs scenarios dies of a signal, in the midst of
#           a result, its guest says so, sends what was whole, and what the dead
#           one has left of events and evidence, the oldest first, as far as there
#           is room. Who writes to the kernel's log or the console makes no report
#           and no result.
# Refuted by: a status that is not 128 and the signal's number, half a result, a
#             guest that waits for whoever still has the pipes, a report or a
#             result that a program has made up, evidence beyond the limit.
# Proof of coverage: a planted line is on the console.
. "$srcdir/tests/lib/guest.sh"
require_prog busybox
require_machine
plan 12

# In the guest it is /bin/pinctl, and /bin/sh is busybox.
mkdir "$tmp/bin"
ln -s "$top_builddir/pinfs" "$top_builddir/pinfs-guest" "$tmp/bin"
cat >"$tmp/bin/pinctl" <<'END'
#!/bin/sh
busybox=/bin/busybox
echo '{"scenario":"one@planted","verdict":"STABLE"}'
echo "# arguments: $*" >&2
echo '# scenario: two@planted' >&2
printf '{"scenario":"two@planted","ver'
echo '<4>WARNING: CPU: 0 PID: 1 at planted+0x1/0x2' >/dev/kmsg
echo '{"scenario":"three@planted","verdict":"STABLE"}' >/dev/console
state=/tmp/pinctl-dead/source/.pinfs
$busybox mkdir -p $state/evidence
echo '{"event":"mount"}' >$state/events.jsonl
printf '{"event":"cut' >>$state/events.jsonl
for number in 30 5 100; do
	$busybox head -c 1000 /dev/zero >$state/evidence/lost-1-0-$number.json
done
# Has the pipes for longer than anybody waits.
$busybox tail -f /dev/null &
kill -SEGV $$
END
chmod +x "$tmp/bin/pinctl"
PATH=$tmp/bin:$PATH guest_image 2500 "$tmp/initrd" --planted 'a b'

ok "the machine switches itself off" guest_boot "$tmp/initrd" 240 \
	-device virtio-serial-pci -chardev "file,id=result,path=$tmp/port" \
	-device virtserialport,chardev=result,name=pinfs.result
guest_frames "$tmp/port" >"$tmp/frames"

# frames KIND FILTER - of what came.
frames() {
	jq -r "select(.kind == \"$1\") | $2" "$tmp/frames"
}
is "$(frames end .json.status)" 139 "the status names the signal"
is "$(frames result '.json.scenario')" one@planted "whole results have come"
is "$(frames message .text | grep '^{' || true)" \
	'{"scenario":"two@planted","ver' "half a result is a message"
is "$(frames message .text | sed -n 's/^# arguments: //p')" \
	'run --json --keep --verbose --timeout=20s --planted a b' "it was called as the job says"
is "$(frames stage .text | xargs)" \
	'modules run scenario two@planted events' "what ran is known"
is "$(frames end '.json | [.warned, .oopsed] | @csv')" 0,0 \
	"a program makes no report of the kernel"
is "$(frames kernel .json.text)" '' "nor a frame with one"
is "$(frames events .text)" '{"event":"mount"}' "whole events have come"
is "$(frames evidence '.text | split("\n")[0]' | xargs)" \
	'lost-1-0-5.json lost-1-0-30.json' "and the oldest evidence"
is "$(frames end '.json.cut | [.events, .evidence] | @csv')" 13,1 \
	"it is said what was left out"
like "$(tr -d '\0\r' <"$tmp/initrd.console")" 'three@planted' \
	"the console has what was planted there"
