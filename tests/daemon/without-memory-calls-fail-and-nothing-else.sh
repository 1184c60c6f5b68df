#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: while 1 %, 10 % or half of the daemon's allocations fail, calls fail
#           with ENOMEM or EIO at worst: each is answered, each control line gets
#           one JSON object, and what was brought to the disk without an error is
#           there, and matches its checksums. With memory again all is as before.
# Refuted by: a daemon that ends, a call or a verb without an answer, other bytes,
#             a mismatch, a block accused of anything; descriptors or threads that
#             stay; a line of the log that is no JSON.
# Proof of coverage: so many allocations failed, and calls, verbs and event lines
#                    among them; blocks compared; requests held meanwhile.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 48

levels=(01000 10000 50000)	# parts in 100000
seconds=$(full 60 4)
orders=$tmp/orders

# fail_parts PARTS - arm, or with 00000 disarm.
fail_parts() {
	printf '0%s' "$1" | dd of="$orders" conv=notrunc status=none
}

# failures - how many allocations have.
failures() {
	od -An -td8 -j 24 -N 8 "$orders" | tr -d ' '
}

# fds - but for the workers' pipes, which each makes when it needs them.
fds() {
	find "/proc/$daemon_pid/fd" -mindepth 1 ! -lname 'pipe:*' | wc -l
}

threads() {
	find "/proc/$daemon_pid/task" -mindepth 1 -maxdepth 1 | wc -l
}

# verbs - lines for the control socket.
verbs() {
	local i
	for i in {1..20}; do
		echo "hold op=write,read,rename,readdirplus at=arrive count=3 deadline=50ms"
		echo "hold op=write,mkdir,open at=reply count=2 deadline=100ms"
		echo "wait held=1 timeout=50ms"
		printf '%s\n' list status "mark text=$i" "release n=1" \
			"audit ino=$1 timeout=200ms" sync clear nonsense pause \
			resume
	done
	printf '%s\n' resume clear
}

# ask FILE - 3 connections one after the other; FILE gets the replies. One that
# has no memory for its thread is refused with a line.
ask() {
	local i
	for i in 1 2 3; do
		timeout 60 control-lines "$(control_socket "$mnt")" \
			<"$tmp/verbs" >"$tmp/replies" 2>/dev/null || true
		if [ "$(wc -l <"$tmp/replies")" -ne 1 ]; then
			is_answered || return
		fi
		cat "$tmp/replies" >>"$1"
	done
	wait_for -t 20 resumed
}

# resumed - a pause may have been understood, and what was to end it not.
resumed() {
	timeout 20 control-lines "$(control_socket "$mnt")" <"$tmp/resumes" \
		>"$tmp/resumed" 2>/dev/null || true
	grep -q '"ok":true' "$tmp/resumed"
}

is_answered() {
	[ "$(wc -l <"$tmp/replies")" -eq "$(wc -l <"$tmp/verbs")" ] &&
		[ "$(jq -c '.ok | type' "$tmp/replies" | sort | uniq -c |
			awk '{ print $1, $2 }')" = "$(wc -l <"$tmp/verbs") \"boolean\"" ]
}

# normal_fds, normal_threads - of a daemon after the load with memory.
normal_fds='' normal_threads=''

# load_is_there SEED - start it; its lines come from $out.
load_is_there() {
	local line=''
	: >"$tmp/model"
	mkfifo "$tmp/load"
	timeout -s KILL $((seconds + 60)) memory-load "$mnt" "$seconds" 4 "$1" \
		"$tmp/model" >"$tmp/load" 2>"$tmp/load.err" &
	load=$!
	exec {out}<"$tmp/load"
	rm "$tmp/load"
	read -r -t 30 line <&"$out"
	[ "$line" = ready ]
}

# load_ends - what it says is in $line.
load_ends() {
	line=
	read -r -t $((seconds + 60)) line <&"$out" || true
	exec {out}<&-
}

with_memory() {
	mount_pinfs
	ok "with memory the load is there" load_is_there 99
	load_ends
	exits 0 "and reads what it wrote" wait "$load"
	like "$line" '^done [1-9][0-9]+ failed 0$' "no call fails: $line"
	drop
	normal_fds=$(($(fds) + 8))	# of files that the kernel knows or not
	normal_threads=$(threads)
	rm -rf "${mnt:?}"/*
	umount_pinfs
}

# short PARTS SEED - the load and the verbs while allocations fail.
short() {
	local parts=$1 seed=$2
	head -c 32 /dev/zero | tr '\0' ' ' >"$orders"
	printf '000000 %s' "$seed" | dd of="$orders" conv=notrunc status=none
	head -c 16 /dev/zero | dd of="$orders" seek=16 oflag=seek_bytes \
		conv=notrunc status=none
	LD_PRELOAD=$top_builddir/tests/helpers/failing-malloc.so \
		FAILING_MALLOC=$orders mount_pinfs
	: >"$tmp/answers"
	ok "$parts: the load is there" load_is_there "$seed"
	gate hold op=write,read at=arrive count=1000 deadline=5ms >&2
	gate hold op=fsync,open at=reply count=1000 deadline=5ms >&2
	verbs "$(stat -c %i "$src"/load0* 2>/dev/null || stat -c %i "$src"/load0*)" >"$tmp/verbs"
	fail_parts "$parts"
	ok "$parts: each verb is answered" ask "$tmp/answers"
	load_ends
	fail_parts 00000
	exits 0 "$parts: each call is answered, with right bytes" wait "$load"
	cat "$tmp/load.err" >&2
	like "$line" '^done [1-9][0-9]+ failed [1-9]' "$parts: the load: $line"
	ok "$parts: allocations failed: $(failures)" test "$(failures)" -gt 100
	not_ok "$parts: the daemon lives" process_gone "$daemon_pid"
	ok "$parts: verbs failed so: $(grep -c ENOMEM "$tmp/answers")" \
		grep -q ENOMEM "$tmp/answers"
	ok "$parts: requests were held: $(counter holds)" \
		test "$(counter holds)" -gt 10
	is "$(control status | jq -c '[.counters | .media_blocks,
		.unstable_blocks, .lost_blocks]')" '[0,0,0]' \
		"$parts: nobody is accused"
	echo clear | control-lines "$(control_socket "$mnt")" >&2
	ok "$parts: it has $normal_threads threads, as ever" wait_for same_threads
	ok "$parts: and no more than $normal_fds descriptors" wait_for few_fds
	ok "$parts: all matches its checksums" pinctl scrub -q "$mnt"
	ok "$parts: unmounted" umount_pinfs
	jq -e -c 'type' "$events" >"$tmp/types"
	is "$(wc -l <"$tmp/types")" "$(wc -l <"$events")" \
		"$parts: the log is JSON"
	mount_pinfs
	like "$(memory-load --check "$mnt" "$tmp/model")" '^[1-9][0-9]' \
		"$parts: what was on the disk is there"
	rm -rf "${mnt:?}"/*
	umount_pinfs
}

same_threads() {
	[ "$(threads)" -eq "$normal_threads" ]
}

# drop - let the kernel forget the files that it can.
drop() {
	echo 2 >/proc/sys/vm/drop_caches
}

few_fds() {
	drop
	[ "$(fds)" -le "$normal_fds" ]
}

load='' line='' out=''
for i in {1..200}; do
	echo resume
done >"$tmp/resumes"
with_memory
for i in "${!levels[@]}"; do
	short "${levels[i]}" $((100 + i))
done
