# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# For the tests of "pinctl exec". After pinfs.sh.
#
# The command notes, from inside, what must be gone afterwards: it sources
# $tmp/note, and whoever wants to be known by its process id writes that into a
# file of $tmp.

src=$tmp/src
mkdir "$src" "$tmp/work" "$tmp/bin"
# idle SECONDS - what a command does that is to be ended.
ln -s "$(command -v sleep)" "$tmp/bin/idle"
PATH=$tmp/bin:$PATH
export TMPDIR=$tmp/work
exec_pid='' exec_err=$tmp/err
# All below a pinctl exec has this limit, in whatever namespace or session it is,
# and /proc/PID/limits shows it without touching the process's memory.
exec_mark=$((100000 + RANDOM))

# note - written for the command: its mount namespace, the device, and which file
# the control socket is; the file "noted" comes last.
cat >"$tmp/note" <<END
readlink /proc/self/ns/mnt >$tmp/namespace
awk -v dir="\$PINFS_MNT" '\$5 == dir { print \$3 }' /proc/self/mountinfo \\
	>$tmp/device
stat -c '%i %z' "/run/pinfs/\$(cat $tmp/device).sock" >$tmp/socket
mv $tmp/device $tmp/noted
END

# exec_line ARGUMENT... - "[OPTION...] -- COMMAND..." with SOURCE in its place, in
# the array $exec_line.
exec_line=()
exec_line() {
	exec_line=()
	while [ "$1" != -- ]; do
		exec_line+=("$1")
		shift
	done
	exec_line+=("$src" "$@")
}

# run_exec [OPTION...] -- COMMAND... - run it on $src; its status is in $status,
# what it printed in $out and what it said on standard error in $said.
status=0 said='' out=''
run_exec() {
	exec_line "$@"
	rm -f "$tmp/noted"
	status=0
	# Into a file: whoever is left must not keep the test waiting.
	(ulimit -Sq "$exec_mark"
		exec timeout -k 60 100 pinctl exec "${exec_line[@]}" \
			>"$tmp/exec-out" 2>"$exec_err") || status=$?
	out=$(<"$tmp/exec-out")
	said=$(<"$exec_err")
	diag "status $status: ${said//$'\n'/ | }"
}

# start_exec [OPTION...] -- COMMAND... - the same in the background, $exec_pid;
# returns when the command has noted what it is. No signal is ignored as bash has
# it for background processes.
start_exec() {
	exec_line "$@"
	rm -f "$tmp/noted"
	(ulimit -Sq "$exec_mark"
		exec env --default-signal=INT,QUIT pinctl exec \
			"${exec_line[@]}" 2>"$exec_err" </dev/null) &
	exec_pid=$!
	undo_with kill_quietly "$exec_pid"
	wait_for test -s "$tmp/noted"
}

# end_exec - wait for it; its status is in $status, what it said in $said.
end_exec() {
	status=0
	wait_for -t 60 process_gone "$exec_pid" || return
	wait "$exec_pid" 2>/dev/null || status=$?
	said=$(<"$exec_err")
	diag "status $status: ${said//$'\n'/ | }"
}

kill_quietly() {
	kill -9 "$1" 2>/dev/null || true
}

# child_of PID NAME - its first child of that name.
child_of() {
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk -v parent="$1" -v name="($2)" '
			$2 == name && $4 == parent { print $1; exit }'
}

# exec_process keeper|guard|daemon|supervisor - of $exec_pid's.
exec_process() {
	local keeper guard daemon
	keeper=$(child_of "$exec_pid" pinctl-keeper)
	guard=$(child_of "$keeper" pinctl-guard)
	daemon=$(child_of "$guard" pinfs)
	case $1 in
	keeper) echo "$keeper" ;;
	guard) echo "$guard" ;;
	daemon) echo "$daemon" ;;
	supervisor) child_of "$daemon" pinfs-superv ;;
	esac
}

# what_is_left - one line for each thing that is; nothing is what is wanted.
# Mounts are those of $src in anybody's namespace; only files of /proc that
# nothing held can block are read.
what_is_left() {
	grep -lE "^Max msgqueue size +$exec_mark " /proc/[0-9]*/limits \
		2>/dev/null | while IFS=/ read -r _ _ process _; do
		process_gone "$process" ||
			echo "process $(<"/proc/$process/stat")" | cut -c 1-60
	done 2>/dev/null
	grep -lE " - fuse(blk)?(\.pinfs)? ($src|pinfs:$src) " \
		/proc/[0-9]*/mountinfo 2>/dev/null | sed 's/^/mount /' || true
	if [ "$(stat -c '%i %z' "/run/pinfs/$(<"$tmp/noted").sock" 2>/dev/null)" = \
	     "$(<"$tmp/socket")" ]; then
		echo "socket $(<"$tmp/noted")"
	fi
	find "$tmp/work" -mindepth 1 | sed 's/^/file /'
	losetup -n -O BACK-FILE 2>/dev/null | grep -F "pinfs:$src" || true
}

nothing_is_left() {
	[ -z "$(what_is_left)" ]
}

# left_nothing DESCRIPTION - the check; what is killed takes its time to go.
left_nothing() {
	wait_for -t 30 nothing_is_left || true
	is "$(what_is_left)" '' "$1"
}
