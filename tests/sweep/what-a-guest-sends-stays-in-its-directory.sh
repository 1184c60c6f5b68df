#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what a guest sends is kept below its machine's directory and nowhere
#           else, whatever it is called, under names that need no quoting; the
#           console's log is bounded, says what was cut out of it, and has its
#           beginning and its end. result.json names the files that are there, and
#           null where there is none.
# Refuted by: a file elsewhere, a log beyond its limit, a name that leads nowhere.
# Proof of coverage: the bytes of each file are looked at.
. "$srcdir/tests/lib/machine.sh"
require_prog jq gzip
pretend_files
plan 15

mkdir "$tmp/outer"
boot='greet;console=Linux version 6.0;console=Run /init as init process;hello'
off='summary=1;end=0;farewell;shutdown=guest-shutdown;exit=0'
# shellcheck disable=SC2016 # not for this shell
machine outer/kept "$boot;stage=scenario a;kernel=warn WARNING: at a.c:1;message=said so;evidence=../../away;evidence=/abs/page-1.bin;evidence=a b\$(x);evidence=..;evidence=.hidden;events={\"event\":1};events={\"event\":2};result=a;$off"
dir=$tmp/outer/kept
is "$(value outer/kept .outcome)" warned "the machine comes to its end"
is "$(cd "$dir/evidence" && echo *)" '__ _hidden a_b__x_ away page-1.bin' \
	"evidence has names that lead nowhere"
is "$(cat "$dir/evidence/page-1.bin")" bytes "its bytes are those sent"
is "$(find "$tmp/outer" -mindepth 1 -maxdepth 1)" "$dir" \
	"there is nothing beside the directory"
is "$(jq -c . "$dir/events.jsonl" | tr '\n' ' ')" '{"event":1} {"event":2} ' \
	"the events are in one file"
is "$(cat "$dir/messages.log")" 'said so' "so are the messages"
is "$(cat "$dir/kernel.log")" 'WARNING: at a.c:1' "so is the kernel log"
is "$(value outer/kept '.kernel_log | tojson')" \
	'[{"kind":"warn","text":"WARNING: at a.c:1","scenario":"b"}]' \
	"result.json tells of the warning, and what ran"
is "$(value outer/kept '.files | tojson')" \
	'{"console":"console.log","messages":"messages.log","kernel_log":"kernel.log","events":"events.jsonl","evidence":"evidence","qemu":"qemu.log"}' \
	"result.json names the files"
is "$(find "$dir" -name '*initrd*' -o -name '*.new')" '' \
	"what the machine was made of is gone"
is "$(value outer/kept '"\(.guest.release) \(.machine.qemu) \(.machine.accel)"')" \
	'6.0.0-pretended 0.1.2 tcg' "result.json says what ran, and on what"

machine bare 'greet;exit=1'
is "$(value bare '[.files[]] | map(select(. != null)) | join(" ")')" \
	'console.log qemu.log' "files that are not there are null"

machine long "greet;console=at the beginning;console-mib=40;$boot;result=a;$off"
log=$tmp/long/console.log
size=$(stat -c %s "$log")
ok "the console's log is bounded" [ "$size" -le $(((16 << 20) + 200)) ]
is "$(sed -n '1s/^\[.*\] \|\r$//gp;$s/^\[.*\] \|\r$//gp' "$log" | tr '\n' ' ')" \
	'at the beginning Run /init as init process ' \
	"it has its beginning and its end"
like "$(grep -a 'are cut here' "$log")" \
	"2516[0-9]+ bytes are cut here" "it says how much is cut"
