#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the command of pinctl exec has the terminal: it reads from it, ^C and ^Z
#           reach it once, a shell has job control; and when the terminal is
#           closed nothing is left.
# Refuted by: no input, a ^C that pinctl takes or doubles, a shell without job
#             control, a remainder.
# Proof of coverage: a pseudo-terminal of script(1), by whose input keys are sent
#                    when the command has said that it waits for them.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_script
. "$srcdir/tests/lib/exec.sh"
plan 15

typescript=$tmp/typescript
script_pid='' keys=''

# on_terminal COMMAND - start it there; keys go to descriptor $keys. It takes the
# place of script(1)'s shell, because a ^C ends a dash that waits for a command.
on_terminal() {
	local fifo=$tmp/keys
	rm -f "$typescript" "$tmp/noted"
	mkfifo "$fifo"
	(ulimit -Sq "$exec_mark"
		exec env --default-signal=INT,QUIT SHELL=/bin/sh script \
			-qefc "exec $1" "$typescript" \
			<"$fifo" >/dev/null 2>&1) &
	script_pid=$!
	undo_with kill_quietly "$script_pid"
	exec {keys}>"$fifo"
	rm "$fifo"
}

# press TEXT - as printf has it.
press() {
	# shellcheck disable=SC2059
	printf "$1" >&"$keys"
}

shown() {
	grep -q -e "$1" "$typescript"
}

# end_terminal - its status, into $status.
end_terminal() {
	status=0
	wait_for -t 30 process_gone "$script_pid" || return
	wait "$script_pid" 2>/dev/null || status=$?
	exec {keys}>&-
	diag "$(tr -d '\r' <"$typescript" | tr '\n' '|')"
}

cat >"$tmp/reads" <<END
. $tmp/note
test -t 0 && echo is-a-terminal
read -r line
echo "read: \$line"
read -r line </dev/tty
echo "again: \$line"
exit 6
END
on_terminal "pinctl exec $src -- sh $tmp/reads"
wait_for shown is-a-terminal
press 'one\n'
wait_for shown 'read: one'
press 'two\n'
end_terminal
is "$status" 6 "a command reads from its terminal"
ok "and opens it" shown 'again: two'
left_nothing "nothing is left"

cat >"$tmp/waits" <<END
n=0
trap 'echo "int"; n=1' INT
. $tmp/note
echo wait""ing
while [ \$n = 0 ]; do idle 0.1; done
idle 1
exit 7
END
on_terminal "pinctl exec $src -- sh $tmp/waits"
wait_for shown waiting
press '\003'
end_terminal
is "$status" 7 "^C is the command's matter"
is "$(tr -d '\r' <"$typescript" | grep -c 'int$')" 1 "and reaches it once"
on_terminal "pinctl exec $src -- sh -c '. $tmp/note; echo wait\"\"ing; idle 1000'"
wait_for shown waiting
press '\003'
end_terminal
is "$status" 130 "^C ends one that does not mind it: 130"
left_nothing "nothing is left"

# stop_job - ^Z, which a shell that has not started its job yet takes no notice of.
stop_job() {
	press '\032'
	shown Stopped
}

on_terminal "pinctl exec $src -- bash --norc --noprofile -i"
press ". $tmp/note\\n"
wait_for test -s "$tmp/noted"
press 'idle 1000\n'
wait_for shown 'idle 1000'
wait_for stop_job
press 'bg %%1; jobs; echo "jobs:" $(jobs -r | wc -l)\n'
wait_for shown 'jobs: 1'
press 'kill %%1; exit 9\n'
end_terminal
is "$status" 9 "a shell has job control: ^Z stops its job"
not_ok "and it does not complain" shown 'no job control'
left_nothing "nothing is left"

# all_run - none of them is stopped any more.
all_run() {
	! grep -qE '^process [0-9]* \([^)]*\) T' <<<"$(what_is_left)"
}

# ^Z of the whole: the shell around stops pinctl with all, and goes on with it.
on_terminal "bash --norc --noprofile -i"
press "pinctl exec $src -- sh -c '. $tmp/note; echo wait\"\"ing; idle 1000'\\n"
wait_for shown waiting
press '\032'
wait_for shown Stopped
press 'echo "jobs:" $(jobs -s | wc -l)\n'
wait_for shown 'jobs: 1'
not_ok "^Z stops pinctl with all that is below" all_run
press 'fg\n'
wait_for all_run
press '\003'
press 'echo "status" $?; exit 0\n'
end_terminal
ok "^Z and fg do with pinctl what they do with any other" shown 'status 130'
left_nothing "nothing is left"

# The terminal goes: the program that has its other side is killed.
close_terminal() {
	wait_for test -s "$tmp/noted"
	kill -9 "$script_pid"
	end_terminal
	left_nothing "$1"
}
on_terminal "pinctl exec --kill-after=1s $src -- sh -c \
'trap \"\" HUP TERM; . $tmp/note; idle 1000; idle 1000'"
close_terminal "the terminal is closed, the command ignores it: nothing is left"
on_terminal "pinctl exec --kill-after=1s $src -- bash --norc --noprofile -i"
press ". $tmp/note; idle 1000\\n"
close_terminal "the terminal of a shell is closed: nothing is left"
