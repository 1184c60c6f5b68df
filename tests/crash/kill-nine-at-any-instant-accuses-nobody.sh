#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when the daemon is killed by SIGKILL at a random instant under a
#           random load, the next one, on the same SOURCE, reads every block
#           and accuses none; what syncs and answered requests promised is
#           there; of the blocks that were not in flight, at least 99 in 100
#           are verified, and a bit flipped in one of them is found.
# Refuted by: an EIO, a media event, a mismatch that was not planted or not
#             found; a promised byte, size or name that is not there; too many
#             unverified blocks.
# Proof of coverage: each load ended by the mount's end, within an operation or
#                    after many; over all rounds all kinds of operations were
#                    begun, blocks were quiet and in flight. PINFS_TEST_ROUNDS
#                    sets the number of rounds.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/crash.sh"
require_fuse
plan 17
rounds=${PINFS_TEST_ROUNDS:-$(full 1000 15)}
seed=${PINFS_TEST_SEED:-$RANDOM}
diag "seed $seed"
RANDOM=$seed
files=(-n 12 -s 262144)
undo_with rm -f "$tmp/log"

mount_pinfs
mkdir "$mnt/load" "$tmp/base"
bytes=0 quiet=0 flight=0 verified=0 told=0

# kill_under_load - begin a load on what the last round left, and end the daemon
# under it, unless something else has. The load comes back on its own.
kill_under_load() {
	local load status=0 gone=0
	rm -f "$tmp/log"
	crash-load -l "$tmp/log" -b "$tmp/base" "${files[@]}" -i $((round * 10000)) \
		-r "$RANDOM" -m fsync=16 "$mnt/load" &
	load=$!
	wait_for test -s "$tmp/log"
	pass_time $((20 + RANDOM % 280))
	! process_gone "$daemon_pid" || gone=1
	kill_pinfs
	wait "$load" || status=$?
	awk '/^\+/ { print $2 }' "$tmp/log" >>"$tmp/kinds"
	[ "$status" -eq 3 ] && [ "$gone" -eq 0 ]
}

not_mounted() {
	! is_mounted "$mnt"
}

mount_again() {
	wait_for not_mounted && mount_pinfs
}

promises_are_kept() {
	local line
	line=$(crash-check -k -b "$tmp/base" "${files[@]}" -o "$tmp/runs" \
		"$tmp/log" "$mnt/load") || return
	bytes=$((bytes + $(jq .bytes <<<"$line")))
	flight=$((flight + $(jq .flight <<<"$line")))
}

# no_media_event - but those of flips of earlier rounds, which scrub told.
no_media_event() {
	[ "$(event_count '.event == "media"')" -eq "$told" ]
}

# scrub_counts_right - as many as a look into the checksum store itself; that look
# also counts which of the quiet blocks are among them.
scrub_counts_right() {
	block-states "$src/.pinfs" "$src/load" >"$tmp/states"
	blocks_in "$tmp/states" verified >"$tmp/verified"
	quiet_blocks "$tmp/runs" >"$tmp/quiet"
	quiet=$((quiet + $(wc -l <"$tmp/quiet")))
	verified=$((verified + $(comm -12 "$tmp/quiet" "$tmp/verified" | wc -l)))
	[ "$(scrub_number verified)" -eq "$(wc -l <"$tmp/verified")" ] && return
	diag "scrub: $scrubbed"
	return 1
}

# all_are_adopted - for the next round.
all_are_adopted() {
	scrub --adopt "$mnt" && scrub "$mnt" &&
		[ "$(scrub_number unverified)" -eq 0 ]
}

# flip_is_found - beneath the mount; undone afterwards.
flip_is_found() {
	local name block status=0
	read -r name block < <(comm -12 "$tmp/quiet" "$tmp/verified" |
		shuf -n 1) || return
	flip-bit "$src/load/$name" "$block" "$round"
	finds_only "/load/$name $block" "$mnt" || status=$?
	flip-bit "$src/load/$name" "$block" "$round"
	return "$status"
}

begin=$SECONDS
for ((round = 1; round <= rounds; round++)); do
	holds "the load ended with the mount" kill_under_load
	holds "the SOURCE is mounted again" mount_again
	holds "every promise is kept" promises_are_kept
	holds "no media event" no_media_event
	holds "scrub finds no mismatch" finds_nothing "$mnt"
	holds "scrub counts right" scrub_counts_right
	holds "a flip in a quiet block is found" flip_is_found
	holds "scrub --adopt leaves no unverified block" all_are_adopted
	told=$(event_count '.event == "media"')
	rm -rf "$tmp/base"
	cp -a "$mnt/load" "$tmp/base"
done
diag "$rounds rounds in $((SECONDS - begin)) s: $bytes promised bytes," \
	"$quiet blocks quiet, $verified of them verified, $flight in flight"
for what in "the load ended with the mount" "the SOURCE is mounted again" \
	"every promise is kept" "no media event" "scrub finds no mismatch" \
	"scrub counts right" "a flip in a quiet block is found" \
	"scrub --adopt leaves no unverified block"; do
	held_always "$rounds" "$what"
done

kinds=$(sort "$tmp/kinds" | uniq -c | awk '{ print $2 "=" $1 }')
diag "${kinds//$'\n'/ }"
is "$(wc -l <<<"$kinds")" 15 "all kinds of operations were begun"
ok "promised bytes were looked at" test "$bytes" -gt $((rounds * 100000))
ok "blocks were quiet" test "$quiet" -gt "$rounds"
ok "99 in 100 of them were verified" test $((verified * 100)) -ge $((quiet * 99))
ok "blocks were in flight" test "$flight" -gt "$rounds"

# What the checks above rest on.
read -r name block < <(shuf -n 1 "$tmp/quiet")
flip-bit "$src/load/$name" "$block" 1
not_ok "a flip breaks a promise" crash-check -k -b "$tmp/base" "${files[@]}" \
	/dev/null "$src/load"
flip-bit "$src/load/$name" "$block" 1
ok "and undone it does not" crash-check -k -b "$tmp/base" "${files[@]}" \
	/dev/null "$src/load"
ok "unmounted" umount_pinfs
ok "offline, scrub finds no mismatch" finds_nothing "$src"
