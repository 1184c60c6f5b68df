# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# For the tests of "pinctl stage". After exec.sh, whose functions for processes
# and ends are used; its SOURCE is not.

# The command's own note says, too, which loop device the stage is on.
sed -i "\$i awk -v dir=\"\$PINFS_STAGE\" '\$5 == dir { print \$(NF - 1) }' \\\\\n\
	/proc/self/mountinfo >$tmp/loop" "$tmp/note"

# require_stage KIND... - skip the test where one of these cannot be made.
require_stage() {
	local kind
	require_root
	require_fuse
	require_loop
	for kind in "$@"; do
		require_prog "mkfs.$kind"
		require_filesystem "$kind"
	done
}

# start_stage [OPTION...] KIND -- COMMAND... - in the background, $exec_pid;
# returns when the command has noted what it is.
start_stage() {
	rm -f "$tmp/noted"
	(ulimit -Sq "$exec_mark"
		exec env --default-signal=INT,QUIT pinctl stage run "$@" \
			2>"$exec_err" </dev/null) &
	exec_pid=$!
	undo_with kill_quietly "$exec_pid"
	wait_for -t 30 test -s "$tmp/noted"
}

# what_is_left - as that of exec.sh, for all that is below $tmp/work.
what_is_left() {
	local device loop
	device=$(<"$tmp/noted") loop=$(<"$tmp/loop")
	grep -lE "^Max msgqueue size +$exec_mark " /proc/[0-9]*/limits \
		2>/dev/null | while IFS=/ read -r _ _ process _; do
		process_gone "$process" ||
			echo "process $(<"/proc/$process/stat")" | cut -c 1-60
	done 2>/dev/null
	grep -lE " $tmp/work/" /proc/[0-9]*/mountinfo 2>/dev/null |
		sed 's/^/mount /' || true
	if [ "$(stat -c '%i %z' "/run/pinfs/$device.sock" 2>/dev/null)" = \
	     "$(<"$tmp/socket")" ]; then
		echo "socket $device"
	fi
	find "$tmp/work" -mindepth 1 | sed 's/^/file /'
	losetup -n -O NAME,BACK-MAJ:MIN,BACK-FILE 2>/dev/null |
		awk -v loop="$loop" -v device="$device" \
			'$1 == loop && $2 == device && /stage\.img/ { print "loop", $1 }'
}
