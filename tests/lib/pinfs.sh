# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# Mounts, gates, events and clients for shell tests.
#
# A mount has a name, "main" unless the first word is @NAME, and is found under
# it in the arrays pinfs_src, pinfs_mnt, pinfs_log, pinfs_events, pinfs_pid and
# pinfs_conn. For the mount used last, $src $mnt $log $events $daemon_pid and
# $connection say the same without ceremony.
#
# Nothing here can hang for good. Each mount has a watchdog, a process of
# another session: after $PINFS_TEST_LIMIT seconds (120), or when the test is
# gone without having unmounted (killed, too), it aborts that mount's
# connection, kills its daemon and unmounts lazily. A request that is held puts
# its client into an uninterruptible sleep, so anything that might touch a held
# page runs in the background or in a client, never in the test itself.

# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"
# shellcheck source=tests/lib/require.sh
. "$srcdir/tests/lib/require.sh"

# The programs that tests need besides ours: tests/helpers.
PATH=$top_builddir/tests/helpers:$PATH

declare -A pinfs_src=() pinfs_mnt=() pinfs_log=() pinfs_events=()
declare -A pinfs_pid=() pinfs_conn=() pinfs_dog=() pinfs_dog_pid=()
declare -A client_pid=() client_in=() client_out=() client_steps=()
src='' mnt='' log='' events='' daemon_pid='' connection='' answer=''

# wait_for [-t SECONDS] COMMAND... - until the command succeeds; by default for
# 10 seconds. Fails, with a line in the log, when the time is over. The only
# place where a test waits for something that does not tell.
wait_for() {
	local seconds=10 end
	if [ "$1" = -t ]; then
		seconds=$2
		shift 2
	fi
	end=$((SECONDS + seconds))
	until "$@"; do
		if [ "$SECONDS" -gt "$end" ]; then
			diag "after $seconds s still not: $*"
			return 1
		fi
		sleep 0.02
	done
}

# full NUMBER SHORT - how many: NUMBER with PINFS_TEST_FULL=1, which is for a
# release, else SHORT, which takes seconds. The full form may take long, so it
# also gives the mounts of the test more time.
full() {
	if [ "${PINFS_TEST_FULL:-}" = 1 ]; then
		echo "$1"
	else
		echo "$2"
	fi
}
if [ "${PINFS_TEST_FULL:-}" = 1 ]; then
	PINFS_TEST_LIMIT=${PINFS_TEST_LIMIT:-1500}
fi

# use_mount NAME - make it the one that $src, $mnt, ... speak of.
use_mount() {
	src=${pinfs_src[$1]}
	mnt=${pinfs_mnt[$1]}
	log=${pinfs_log[$1]}
	events=${pinfs_events[$1]}
	daemon_pid=${pinfs_pid[$1]-}
	connection=${pinfs_conn[$1]-}
}

# mountinfo_device DIR - MAJOR:MINOR of what is mounted there, nothing if
# nothing is. Reads /proc only: a stuck mount is not touched.
mountinfo_device() {
	awk -v dir="$1" '$5 == dir { dev = $3 } END { print dev }' \
		/proc/self/mountinfo
}

is_mounted() {
	[ -n "$(mountinfo_device "$1")" ]
}

# close_inherited - in a subshell that becomes another program: close what is
# the test's end of clients and watchdogs. They look for its end.
close_inherited() {
	local fd
	for fd in "${client_in[@]}" "${client_out[@]}" "${pinfs_dog[@]}"; do
		exec {fd}>&-
	done
}

# mount_pinfs [@NAME] [DAEMON OPTION...] - mount an empty SOURCE, made under
# $tmp, and wait until it serves. With a name that was used before: mount the
# same SOURCE at the same place again. Fails when the daemon does not get ready;
# its log is then in the test's.
mount_pinfs() {
	local name=main fifo ready='' line='' base
	case ${1-} in @*) name=${1#@}; shift ;; esac
	base=$tmp/$name
	if [ -z "${pinfs_src[$name]-}" ]; then
		mkdir -p "$base/src" "$base/mnt"
		pinfs_src[$name]=$base/src
		pinfs_mnt[$name]=$base/mnt
		pinfs_log[$name]=$base/daemon.log
		pinfs_events[$name]=$base/src/.pinfs/events.jsonl
		on_failure mount_report "$name"
		undo_with cleanup_mount "$name"
	fi
	fifo=$base/ready
	mkfifo "$fifo"
	(close_inherited; exec pinfs "$base/src" "$base/mnt" -f --ready-fd=9 \
		"$@" 9>"$fifo" </dev/null) >>"$base/daemon.log" 2>&1 &
	pinfs_pid[$name]=$!
	exec {ready}<"$fifo"
	rm "$fifo"
	read -r -t 60 line <&"$ready" || true
	exec {ready}<&-
	if [ "$line" != READY ]; then
		diag "the daemon is not ready"
		kill -9 "${pinfs_pid[$name]}" 2>/dev/null || true
		wait "${pinfs_pid[$name]}" || true
		unset "pinfs_pid[$name]"
		return 1
	fi
	line=$(mountinfo_device "$base/mnt")
	pinfs_conn[$name]=$(((${line%:*} << 20) | ${line#*:}))
	watchdog_start "$name"
	use_mount "$name"
}

# adopt_pinfs @NAME SOURCE MOUNTPOINT PID - take over a mount that was started
# otherwise (in the background, by mount(8)), with the daemon's process, so that
# it has a watchdog and is cleaned up. Its log is not known.
adopt_pinfs() {
	local name=${1#@} device
	device=$(mountinfo_device "$3")
	if [ -z "${pinfs_src[$name]-}" ]; then
		undo_with cleanup_mount "$name"
	fi
	pinfs_src[$name]=$2
	pinfs_mnt[$name]=$3
	pinfs_log[$name]=/dev/null
	pinfs_events[$name]=$2/.pinfs/events.jsonl
	pinfs_pid[$name]=$4
	pinfs_conn[$name]=$(((${device%:*} << 20) | ${device#*:}))
	watchdog_start "$name"
	use_mount "$name"
}

# control_socket DIR [RUNTIME] - path of the control socket of the mount on DIR.
control_socket() {
	echo "${2:-/run/pinfs}/$(mountinfo_device "$1").sock"
}

# umount_pinfs [@NAME] - unmount and wait for the daemon. Its status is the
# status; 0 is a clean end.
umount_pinfs() {
	local name=main status=0
	case ${1-} in @*) name=${1#@} ;; esac
	if [ "$(id -u)" -eq 0 ]; then
		umount "${pinfs_mnt[$name]}" || return
	else
		fusermount3 -u "${pinfs_mnt[$name]}" || return
	fi
	wait "${pinfs_pid[$name]}" || status=$?
	unset "pinfs_pid[$name]"
	watchdog_stop "$name"
	return "$status"
}

# kill_pinfs [@NAME] - SIGKILL to the daemon; returns when it is gone. The mount
# is the supervisor's business then.
kill_pinfs() {
	local name=main
	case ${1-} in @*) name=${1#@} ;; esac
	kill -9 "${pinfs_pid[$name]}"
	wait "${pinfs_pid[$name]}" 2>/dev/null || true
	unset "pinfs_pid[$name]"
}

# cleanup_mount NAME - however the test left it. What is still held goes back
# to its client as an error.
cleanup_mount() {
	local name=$1 dir=${pinfs_mnt[$1]} pid=${pinfs_pid[$1]-}
	if is_mounted "$dir"; then
		abort_connection "${pinfs_conn[$name]-}"
		unmount_lazily "$dir"
	fi
	if [ -n "$pid" ]; then
		wait_for -t 10 process_gone "$pid" || kill -9 "$pid" || true
		wait "$pid" 2>/dev/null || true
	fi
	watchdog_stop "$name"
	! is_mounted "$dir"
}

# forget_other_mounts - in a mount namespace of the test's own, which has copies
# of all mounts: let go of the pinfs mounts of others, which could not end as
# long as these are there.
forget_other_mounts() {
	local dir
	{ findmnt -rn -t fuse.pinfs,fuseblk.pinfs -o TARGET || true; } | while read -r dir; do
		umount -l "$dir" || true
	done
}

# abort_connection N - all requests of that FUSE connection fail from now on.
abort_connection() {
	local file=/sys/fs/fuse/connections/$1/abort
	if [ -n "$1" ] && [ -w "$file" ]; then
		echo 1 >"$file" || true
	fi
}

unmount_lazily() {
	if [ "$(id -u)" -eq 0 ]; then
		umount -l "$1" || true
	else
		fusermount3 -u -z "$1" || true
	fi
}

# process_gone PID - has it ended? A zombie has.
process_gone() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	stat=${stat##*) }
	[ "${stat%% *}" = Z ]
}

# watchdog_start NAME - see watchdog.sh; ends with watchdog_stop or the test. One
# that is still there for an earlier mount of that name ends: another mount may
# have got its number.
watchdog_start() {
	local name=$1 fd=''
	watchdog_stop "$name"
	exec {fd}> >(close_inherited; exec setsid bash "$srcdir/tests/lib/watchdog.sh" \
		"${PINFS_TEST_LIMIT:-120}" "${pinfs_conn[$name]}" \
		"${pinfs_pid[$name]}" "${pinfs_mnt[$name]}" >&2)
	pinfs_dog[$name]=$fd
	pinfs_dog_pid[$name]=$!
}

watchdog_stop() {
	local name=$1 fd=${pinfs_dog[$1]-}
	[ -n "$fd" ] || return 0
	(echo 'done' >&"$fd") 2>/dev/null || true
	exec {fd}>&-
	wait_for process_gone "${pinfs_dog_pid[$name]}" || true
	unset "pinfs_dog[$name]" "pinfs_dog_pid[$name]"
}

# mount_report NAME - for the log of a test that failed.
mount_report() {
	local file
	for file in "${pinfs_log[$1]}" "${pinfs_events[$1]}"; do
		if [ -s "$file" ]; then
			echo "# ---- ${file#"$tmp/"}, the last 200 lines"
			tail -n 200 "$file" | cut -c -1000
		fi
	done
}

# gate VERB [KEY=VALUE...] - a control request to $mnt by way of pinctl; prints
# the reply.
gate() {
	pinctl gate "$mnt" "$@"
}

# control VERB [KEY=VALUE...] - the same straight through the socket, as it is
# written here; prints the reply, whatever it says.
control() {
	control-lines "$(control_socket "$mnt")" <<<"$*"
}

# counter NAME - one of $mnt's counters.
counter() {
	control status | jq ".counters.$1"
}

# events_settle - have $mnt's daemon write the lines that it has promised: that of
# a finding comes a little after its WRITE has been answered. Without one that
# answers there is nothing to wait for.
events_settle() {
	local device
	device=$(mountinfo_device "$mnt")
	if [ -n "$device" ]; then
		timeout 5 control-lines "/run/pinfs/$device.sock" <<<sync \
			>/dev/null 2>&1 || true
	fi
}

# event_count [FILTER] - how many lines of $events satisfy a jq filter, e.g.
# event_count '.event == "unstable" and .block == 0'.
event_count() {
	events_settle
	jq -c "select(${1:-true})" "$events" | wc -l
}

# event_lines FILTER - those lines.
event_lines() {
	events_settle
	jq -c "select($1)" "$events"
}

# evidence_bytes FILE NAME - an image of a file of evidence ("arrival", ...), to
# standard output.
evidence_bytes() {
	jq -r ".$2.bytes" "$1" | base64 -d
}

# has_event FILTER - for wait_for.
has_event() {
	[ "$(event_count "$1")" -gt 0 ]
}

# client_start [@NAME] - a "pinctl client" in $mnt that takes steps. It ends
# with the test; a mount cannot be unmounted before client_end.
client_start() {
	local name=main fd_in='' fd_out=''
	case ${1-} in @*) name=${1#@} ;; esac
	mkfifo "$tmp/client-$name.in" "$tmp/client-$name.out"
	(close_inherited; cd "$mnt" && exec pinctl client) <"$tmp/client-$name.in" \
		>"$tmp/client-$name.out" &
	client_pid[$name]=$!
	exec {fd_in}>"$tmp/client-$name.in" {fd_out}<"$tmp/client-$name.out"
	rm "$tmp/client-$name.in" "$tmp/client-$name.out"
	client_in[$name]=$fd_in
	client_out[$name]=$fd_out
	client_steps[$name]=0
}

# step [@NAME] WORDS... - one step; its answer, without the number, is in
# $answer. Fails when none comes within 20 seconds. A step that ends in '&' is
# answered "started" at once; "wait" waits for it, final_answer has its end.
step() {
	local name=main number line
	case ${1-} in @*) name=${1#@}; shift ;; esac
	number=$((client_steps[$name] + 1))
	client_steps[$name]=$number
	# In a subshell: a client that is gone must not kill the test.
	(echo "$*" >&"${client_in[$name]}") || true
	while read -r -t 20 line <&"${client_out[$name]}"; do
		diag "client $name: $line"
		echo "$line" >>"$tmp/client-$name.answers"
		if [ "${line%% *}" = "$number" ]; then
			answer=${line#* }
			return 0
		fi
	done
	answer=
	diag "client $name: no answer to step $number: $*"
	return 1
}

# steps [@NAME] FILE ANSWERS - the many steps that are the lines of FILE; their
# answers, one a line with its number, go to the file ANSWERS. None may end in
# '&' or be a comment. Fails when they do not all come within 120 seconds.
steps() {
	local name=main count first writer
	case ${1-} in @*) name=${1#@}; shift ;; esac
	count=$(wc -l <"$1")
	first=$((client_steps[$name] + 1))
	client_steps[$name]=$((client_steps[$name] + count))
	cat "$1" >&"${client_in[$name]}" &
	writer=$!
	timeout 120 head -n "$count" <&"${client_out[$name]}" >"$2" || return
	wait "$writer"
	[ "$(wc -l <"$2")" -eq "$count" ] &&
		[ "$(awk 'NR == 1 { print $1 }' "$2")" -eq "$first" ]
}

# final_answer [@NAME] STEP - what a started step answered at its end, without
# the number; nothing if that has not been read yet: "step wait" reads it.
final_answer() {
	local name=main
	case ${1-} in @*) name=${1#@}; shift ;; esac
	sed -n "/^$1 [^ ]* started/d; s/^$1 //p" "$tmp/client-$name.answers" |
		tail -n 1
}

# client_end [@NAME] - close its input and wait for it; its status.
client_end() {
	local name=main fd status=0
	case ${1-} in @*) name=${1#@} ;; esac
	fd=${client_in[$name]}
	exec {fd}>&-
	wait_for process_gone "${client_pid[$name]}" || return
	wait "${client_pid[$name]}" || status=$?
	fd=${client_out[$name]}
	exec {fd}<&-
	unset "client_in[$name]" "client_out[$name]"
	return "$status"
}
