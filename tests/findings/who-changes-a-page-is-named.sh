#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: of a process that has pages of a mapping written to, with nothing held
# and a window of a few ms, the events name the process, the call, the file that it
# reads and the block, in 95 of 100 findings where the call is synchronous. Where
# it is not, they name who maps the block, and say that they do not know more.
# Refuted by: more findings without these; a cause "overwrite"; of asynchronous
# calls a cause that is not "unknown".
# Proof of coverage: only findings from the record's beginning on are counted, and
# there are as many as were asked for.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
require_trace

# kind, and the call that its events name
kinds=(dio-read:preadv vm-writev:process_vm_writev uring-read:io_uring_enter
	aio-read:io_submit)
plan $((2 * ${#kinds[@]}))
count=$(full 100 10)
most_missing=$(full 5 2)

# enough - are there so many findings behind the first?
enough() {
	events_settle
	[ "$(grep -c '"event":"unstable"' "$events")" -gt $((armed + count)) ]
}

is_armed() {
	[ "$(pinctl status "$mnt" --json | jq -r .trace)" = armed ]
}

# of FILTER - how many of the findings fit? $pid, $call, $file are known in it.
of() {
	grep '"event":"unstable"' "$events" |
		tail -n +$((armed + 1)) | sed -n "1,${count}p" |
		jq -c --argjson pid "$changer" --arg call "$call" \
			--arg file "$tmp/source" "select($1)" | wc -l
}

# evidence_of FILTER - how many of their files fit?
evidence_of() {
	grep '"event":"unstable"' "$events" | tail -n +$((armed + 1)) |
		sed -n "1,${count}p" | jq -r '.evidence // empty' |
		xargs -r jq -c --argjson pid "$changer" "select($1)" | wc -l
}

head -c 2M /dev/urandom >"$tmp/source"
for kind in "${kinds[@]}"; do
	call=${kind#*:} kind=${kind%:*}
	mount_pinfs "@$kind" -o window=3ms,evidence_files=1000
	truncate -s 16k "$mnt/t"
	page-changer "$kind" "$mnt/t" 1 "$tmp/source" 2>"$tmp/why" &
	changer=$!
	sync-range-loop 150000 "$mnt/t" >/dev/null &
	loop=$!
	wait_for -t 60 is_armed || true
	events_settle
	armed=$(grep -c '"event":"unstable"' "$events" || true)
	wait_for -t 300 enough || true
	kill "$changer" "$loop"
	wait "$changer" "$loop" || true
	case $kind in
	uring-read | aio-read)
		named=$(evidence_of '(.mappers | any(.pid == $pid)) and
			.cause == "unknown" and
			(.unknown | any(test("io_uring|Linux AIO")))')
		pins=$(of '.cause != "unknown"')
		;;
	*)
		named=$(of '.suspects | any(.pid == $pid and .call == $call and
			.kind == "pin" and .block == 1 and
			(.file == $file or $call == "process_vm_writev"))')
		pins=$(of '.cause == "overwrite"')
		;;
	esac
	diag "$kind: $named of $count named, $(of '.cause == "pin"') said to be pins"
	ok "$kind is named" [ "$named" -ge $((count - most_missing)) ]
	ok "and nothing else is said" [ "$pins" = 0 ]
	umount_pinfs "@$kind"
done
