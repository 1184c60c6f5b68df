#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: of each way in which a virtual machine can end, the outcome is the one
#           of that way, and the reason names the evidence: panic, oops and WARN,
#           hang, failure to boot, no result, no machine at all. What a guest
#           prints on its console, or sends without its nonce, is never a result.
# Refuted by: another outcome, another reason, a result that the guest's program
#             has not sent, one that it has sent and is not there.
# Proof of coverage: a program in QEMU's place does each of these in turn; each
#                    row says how many results and forged frames there are.
#
# No machine is booted here: tests/helpers/vm-pretender.c plays QEMU.
. "$srcdir/tests/lib/machine.sh"
require_prog jq gzip
pretend_files
echo "no program of this machine" >"$tmp/unrunnable"
chmod +x "$tmp/unrunnable"
head -c 5M /dev/zero >"$tmp/large"

# Each row: outcome | results/forged frames | the reason has | options | steps
init='console=Run /init as init process'
boot="greet;console=Linux version 6.0;$init"
panic='console=Kernel panic - not syncing: Fatal exception in interrupt'
vfs='console=Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)'
off='farewell;shutdown=guest-shutdown;exit=0'
table="
complete|2/0|all 2 results have come||$boot;hello;stage=run;result=a;result=b;summary=2;end=0;$off
complete|1/0|all 1 results have come||$boot;serial;hello;result=a;summary=1;end=0;$off
complete|0/0|all 0 results have come||$boot;hello;line={\"summary\":{\"skipped\":\"none\",\"scenarios\":0}};end=4;$off
complete|1/0|all 1 results||$boot;hello;print=Kernel panic - not syncing: a joke;result=a;summary=1;end=0;$off
warned|1/0|WARNING: CPU: 0 PID: 1 at fs/fuse/file.c||$boot;hello;kernel=warn WARNING: CPU: 0 PID: 1 at fs/fuse/file.c:1995;result=a;summary=1;end=0;$off
warned|1/0|blocked for more than||$boot;hello;kernel=hung-task INFO: task x:1 blocked for more than 122 seconds.;result=a;summary=1;end=0;$off
oopsed|1/0|BUG: kernel NULL pointer||$boot;hello;kernel=warn WARNING: CPU: 0 PID: 1 at x.c:1;kernel=oops BUG: kernel NULL pointer dereference, address: 0;result=a;summary=1;end=0;$off
panic|0/0|Fatal exception in interrupt||$boot;$panic;shutdown=guest-reset;exit=0
panic|1/0|Fatal exception.*before that: BUG: unable to handle page fault||$boot;hello;result=a;console=BUG: unable to handle page fault for address: 1;$panic;shutdown=guest-reset;exit=0
panic|1/0|Fatal exception||$boot;hello;result=a;summary=1;end=0;$panic;shutdown=guest-reset;exit=0
panic|1/0|kernel reported a panic||$boot;hello;result=a;panicked;shutdown=guest-reset;exit=0
panic|1/0|Fatal exception in interrupt||$boot;hello;result=a;panicked;$panic;shutdown=guest-reset;exit=0
panic|1/0|kernel reported a panic||$boot;hello;result=a;shutdown=guest-panic;exit=0
hang|0/0|first program.* sent nothing|boot=1|$boot;console=booted
hang|1/0|sent nothing for [0-9]+ s, after 1 results, in the stage run of a|silence=1|$boot;hello;stage=run of a;result=a
hang|1/0|sent nothing for 1 s, after 1 results|silence=1|$boot;hello;sleep=2;result=a
complete|1/0|all 1 results have come|silence=1|$boot;hello;sleep=2;result=a;summary=1;end=0;$off
hang|0/0|not done after 2 s|total=2|$boot;hello
boot-failure|0/0|said nothing at all|boot=1|greet
boot-failure|0/0|last that it said: Loading|boot=1|greet;console=Linux version 6.0;console=Loading
boot-failure|0/0|no program to start.*Unable to mount root fs||greet;$vfs;shutdown=guest-reset;exit=0
boot-failure|0/0|no program to start.*No working init found||greet;console=Kernel panic - not syncing: No working init found.  Try passing init= option;shutdown=guest-reset;exit=0
boot-failure|0/0|before that: Initramfs unpacking failed||greet;console=Initramfs unpacking failed: junk;$vfs;shutdown=guest-reset;exit=0
boot-failure|0/0|junk; 16 MiB of memory may be too little for a first file system of 5 MiB|initrd=$tmp/large|greet;console=Initramfs unpacking failed: junk;$vfs;shutdown=guest-reset;exit=0
boot-failure|0/0|unpacking failed: junk\$||greet;console=Initramfs unpacking failed: junk;$vfs;shutdown=guest-reset;exit=0
boot-failure|0/0|status 1: KVM internal error.*said nothing||greet;said=KVM internal error;exit=1
boot-failure|0/0|the guest reset the machine.*last that it said: early||greet;console=early;shutdown=guest-reset;exit=0
no-result|0/0|switched the machine off before the guest's program said anything||$boot;shutdown=guest-shutdown;exit=0
no-result|0/0|switched the machine off before||greet;console=quiet;shutdown=guest-shutdown;exit=0
no-result|1/0|reset the machine after 1 results||$boot;hello;result=a;shutdown=guest-reset;exit=0
no-result|1/0|killed by signal 9||$boot;hello;result=a;signal=9
no-result|1/0|killed by signal 11||$boot;hello;result=a;signal=11
no-result|0/0|before its summary: no such scenario||$boot;hello;message=no such scenario;end=2;$off
no-result|1/0|ran 2 scenarios, and the results of 1||$boot;hello;result=a;summary=2;end=0;$off
no-result|1/0|sent [0-9]+ frames, and [0-9]+ have come||$boot;hello;result=a;summary=1;end-early=0;$off
no-result|1/0|ended with status 1, and its summary says 0||$boot;hello;result=a;summary=1;end=1;$off
no-result|0/0|no exit status||$boot;hello;summary=0;end=null;$off
no-result|1/0|make no sense||$boot;hello;line={\"scen;result=a;summary=1;end=0;$off
no-result|0/0|switched the machine off||$boot;print={\"scenario\":\"a\",\"verdict\":\"STABLE\"};print=pinvm1 00000000000000000000000000000000 0 result 2 0;shutdown=guest-shutdown;exit=0
hang|0/0|sent nothing|boot=1|$boot;print={\"scenario\":\"a\",\"verdict\":\"STABLE\"}
complete|1/1|1 frames that the guest's program has not sent||$boot;hello;forge=b;result=a;summary=1;end=0;$off
no-result|0/2|2 frames that||$boot;forge=a;forge=b;shutdown=guest-shutdown;exit=0
complete|1/1|1 frames that||$boot;hello;result=a;replay=b;summary=1;end=0;$off
complete|1/1|1 frames that||$boot;hello;result=a;astray=b;summary=1;end=0;$off
complete|1/1|1 frames that||$boot;hello;result=a;summary=1;end=0;result=b;$off
complete|1/0|all 1 results||$boot;garbage-mib=40;hello;garbage-mib=40;result=a;summary=1;end=0;$off
hang|0/0|sent nothing|silence=1|$boot;hello;garbage-mib=8
complete|1/0|all 1 results||greet;console-mib=40;$boot;hello;result=a;summary=1;end=0;$off
harness|0/0|status 1: no accelerator||said=no accelerator;exit=1
harness|0/0|no-such-program|qemu=no-such-program|greet
harness|0/0|cannot run .*unrunnable.*Exec format error|qemu=$tmp/unrunnable|greet
harness|0/0|no accelerator 'xen'|accel=xen|greet
harness|0/0|No such file|initrd=$tmp/none|greet
harness|0/0|MiB are available|memory=999999999|greet
"
# Most of their time is that of deadlines: several at once.
at_once=8
row=0
while IFS='|' read -r outcome counts reason options steps; do
	[ -n "$outcome" ] || continue
	row=$((row + 1))
	# shellcheck disable=SC2086 # words
	machine "row$row" "$steps" $options &
	[ "$row" -lt "$at_once" ] || wait -n
done <<<"$table"
wait
plan $((row * 3))

row=0
while IFS='|' read -r outcome counts reason options steps; do
	[ -n "$outcome" ] || continue
	row=$((row + 1))
	is "$(value "row$row" .outcome)" "$outcome" "row $row: $outcome"
	is "$(value "row$row" '"\(.results | length)/\(.forged_frames)"')" \
		"$counts" "row $row: results and forged frames are $counts"
	like "$(value "row$row" .reason)" "$reason" "row $row: the reason says why"
done <<<"$table"
