#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whatever is killed at whatever instant, nothing hangs. With hundreds of
#           requests held at both gates the daemon is killed, or stopped for good,
#           or the connection that owns the gates is killed, or a "pinctl run":
#           within 15 seconds all programs are back, and mount point, daemon,
#           supervisor, control socket and loop device are gone (or, where the
#           daemon lives, the mount serves and ends cleanly).
# Refuted by: any of these that is left after 15 seconds.
# Proof of coverage: requests were held in every round on a mount of ours, in one
#                    round at least 700, and at both gates; in one at least five
#                    programs slept uninterruptibly.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/crash.sh"
require_root
require_fuse
rounds=$(full 200 15)
seed=${PINFS_TEST_SEED:-$RANDOM}
diag "PINFS_TEST_SEED=$seed"
plan $((rounds + 3))
RANDOM=$seed
loops=no
if losetup -f >/dev/null 2>&1; then
	loops=yes
fi

# choose WORD... - one of them, in $choice.
choose() {
	local words=("$@")
	choice=${words[RANDOM % $#]}
}

# ---- the load

load_begin() {
	local line
	mkfifo "$tmp/load.in" "$tmp/load.out"
	(close_inherited; exec hang-load "$mnt" "$RANDOM") \
		<"$tmp/load.in" >"$tmp/load.out" 2>/dev/null &
	load_pid=$!
	exec {load_in}>"$tmp/load.in" {load_out}<"$tmp/load.out"
	rm "$tmp/load.in" "$tmp/load.out"
	read -r -t 60 line <&"$load_out"
	read -r -a clients <<<"${line#ready }"
}

load_end() {
	exec {load_in}>&-
}

clients_gone() {
	local pid
	for pid in "${clients[@]}" "$load_pid"; do
		process_gone "$pid" || return
	done
}

# who_is_left - for the log: state and stack of what has not ended.
who_is_left() {
	local pid what
	for what in no_mount no_process no_socket no_loop; do
		"$what" || diag "left: not $what $left"
	done
	for pid in "${clients[@]}" "$load_pid"; do
		process_gone "$pid" || diag "left: $(head -c 300 "/proc/$pid/stat" \
			2>/dev/null) $(head -3 "/proc/$pid/stack" 2>/dev/null | tr '\n' ' ')"
	done
}

# ---- gates

# gates_lines - requests for gates of all kinds: all operations at one point, or
# each of some at one or the other.
gates_lines() {
	local op
	choose all some some
	if [ "$choice" = all ]; then
		choose arrive reply
		echo "hold op=any at=$choice deadline=28s scope=$1"
		return
	fi
	echo "hold op=write at=arrive path=/file-11-0 deadline=28s scope=$1"
	echo "hold op=write at=reply path=/file-11-1 deadline=28s scope=$1"
	for op in write fsync read lookup rename2 rename readdir readdirplus \
		open release flush getattr opendir; do
		choose arrive reply none
		[ "$choice" = none ] ||
			echo "hold op=$op at=$choice deadline=28s scope=$1"
	done
}

# holder_begin SCOPE - a connection that arms them and stays.
holder_begin() {
	mkfifo "$tmp/holder.in"
	gates_lines "$1" >"$tmp/lines"
	(close_inherited; exec {load_in}>&- {load_out}<&-
		exec control-lines "$socket") <"$tmp/holder.in" >"$tmp/replies" &
	holder_pid=$!
	exec {holder_in}>"$tmp/holder.in"
	rm "$tmp/holder.in"
	cat "$tmp/lines" >&"$holder_in"
	wait_for all_armed
	! grep -v '"ok":true' "$tmp/replies" >&2
}

all_armed() {
	[ "$(wc -l <"$tmp/replies")" -eq "$(wc -l <"$tmp/lines")" ]
}

holder_kill() {
	kill -9 "$holder_pid" 2>/dev/null || true
	wait "$holder_pid" 2>/dev/null || true
	exec {holder_in}>&-
}

# ---- what may not be left

not_mounted() {
	! is_mounted "$mnt"
}

# The command line of a daemon or supervisor has $tmp in it, as has the
# environment of the guard of "pinctl run"; no client's is ever read.
no_process() {
	local comm name line
	for comm in /proc/[0-9]*/comm; do
		read -r name 2>/dev/null <"$comm" || continue
		case $name in
		pinfs | pinfs-*) line=cmdline ;;
		pinctl-guard) line=environ ;;	# has TMPDIR
		*) continue ;;
		esac
		process_gone "$(basename "${comm%/comm}")" && continue
		line=$(tr '\0' ' ' 2>/dev/null <"${comm%comm}$line") || continue
		case $line in *"$tmp"/*)
			left="${comm%/comm} $name ${line:0:200}"
			return 1
			;;
		esac
	done
}

no_mount() {
	! grep -qF " $tmp/" /proc/self/mountinfo
}

no_socket() {
	[ "$(stat -c '%i %z' "$socket" 2>/dev/null)" != "$socket_id" ]
}

no_loop() {
	! grep -qsF ":$src " /sys/block/loop*/loop/backing_file
}

nothing_left() {
	clients_gone && no_mount && no_process && no_socket && no_loop
}

run_gone() {
	process_gone "$run_pid" && no_mount && no_process && no_members
}

# No process of the session that "pinctl run" led.
no_members() {
	local file line
	for file in /proc/[0-9]*/stat; do
		read -r line 2>/dev/null <"$file" || continue
		read -r -a line <<<"${line##*) }"
		[ "${line[3]}" != "$run_pid" ] || [ "${line[0]}" = Z ] || return 1
	done
}

# ---- rounds

# unkillable - how many clients are in state D.
unkillable() {
	local pid count=0
	for pid in "${clients[@]}"; do
		! grep -qs '^State:.D' "/proc/$pid/status" || count=$((count + 1))
	done
	echo "$count"
}

left=''
most=0 most_unkillable=0 points=' '
round_begin() {
	local option=''
	if [ "$loops" = yes ] && [ $((RANDOM % 4)) -eq 0 ]; then
		option=-opins-only
	fi
	mount_pinfs ${option:+"$option"}
	socket=$(control_socket "$mnt")
	socket_id=$(stat -c '%i %z' "$socket")
	load_begin
	holder_begin "$1"
	echo go >&"$load_in"
	pass_time $((RANDOM % 1200))
	# Never none: what the instant has not brought is waited for.
	gate wait held=1 timeout=10s >&2
	held=$(control status | jq .held)
	[ "$held" -le "$most" ] || most=$held
	sleepers=$(unkillable)
	[ "$sleepers" -le "$most_unkillable" ] || most_unkillable=$sleepers
	points+=$(gate list | jq -r '[.held[].at] | unique | join(" ")')' '
}

daemon_ended() {
	wait "$daemon_pid" 2>/dev/null || true
	unset 'pinfs_pid[main]'
}

# in_time COMMAND - within 15 seconds of $begin.
in_time() {
	wait_for -t 15 "$@" && [ $((SECONDS - begin)) -le 15 ]
}

round_daemon() {
	local good=0
	round_begin mount
	begin=$SECONDS
	if [ "$1" = stop ]; then
		kill -STOP "$daemon_pid"
	else
		kill -9 "$daemon_pid"
	fi
	# Some calls succeed in the page cache for ever; who hangs does not see it.
	load_end
	in_time clients_gone || good=1
	exec {load_out}<&-
	in_time process_gone "$daemon_pid" || good=1
	[ "$good" -ne 0 ] || daemon_ended
	in_time nothing_left || good=1
	[ "$good" -eq 0 ] || who_is_left
	holder_kill
	watchdog_stop main
	return "$good"
}

round_holder() {
	local good=0
	round_begin connection
	begin=$SECONDS
	holder_kill
	load_end
	in_time clients_gone || { good=1; who_is_left; }
	exec {load_out}<&-
	[ "$good" -ne 0 ] || umount_pinfs || good=1
	in_time nothing_left || { good=1; who_is_left; }
	return "$good"
}

round_run() {
	local good=0
	mkdir -p "$tmp/run"
	held=-
	(close_inherited; TMPDIR=$tmp/run exec setsid pinctl run --repeat=50) \
		>/dev/null 2>&1 </dev/null &
	run_pid=$!
	pass_time $((200 + RANDOM % 2500))
	begin=$SECONDS
	kill -9 "$run_pid" || good=1
	wait "$run_pid" 2>/dev/null || true
	in_time run_gone || {
		good=1
		no_process || diag "left: $left"
	}
	return "$good"
}

kinds=(kill holder run kill stop)
for ((round = 1; round <= rounds; round++)); do
	kind=$((round % 5))
	status=0
	case ${kinds[kind]} in
	kill | stop) round_daemon "${kinds[kind]}" || status=1 ;;
	holder) round_holder || status=1 ;;
	run) round_run || status=1 ;;
	esac
	tap_result "$status" "round $round: ${kinds[kind]}, $held held, all free"
	if [ "$status" -ne 0 ]; then
		skip $((rounds - round + 3)) "a round has failed"
		exit 1
	fi
done

ok "in one round at least 700 were held: $most" test "$most" -ge 700
ok "in one at least five programs could not be killed: $most_unkillable" \
	test "$most_unkillable" -ge 5
like "$points" ' arrive .*reply|reply .*arrive ' "and at both gates"
