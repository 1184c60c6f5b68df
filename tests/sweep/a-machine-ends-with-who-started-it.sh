#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when what has started a machine ends, by whatever signal, QEMU ends,
#           and what QEMU has started (it may be a script) ends as well. The same
#           when the machine comes to its own end, and at a deadline.
# Refuted by: a process of the machine that is still there.
# Proof of coverage: each of the two processes has been seen alive before.
. "$srcdir/tests/lib/machine.sh"
require_prog jq gzip setsid
pretend_files
plan 13

# A script as QEMU: its pid is that of the shell, the machine is its child.
cat >"$tmp/qemu" <<'QEMU'
#!/usr/bin/env bash
[ -z "${script_pid:-}" ] || echo $$ >"$script_pid"
"$top_builddir/tests/helpers/vm-pretender" "$@"
QEMU
chmod +x "$tmp/qemu"

# alive PID - and not only waited for.
alive() {
	[ -n "$1" ] && grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"
}

dead() {
	! alive "$1"
}

# end_all - what should have ended already.
end_all() {
	local file pid
	for file in "$tmp"/*.script "$tmp"/*.child; do
		pid=$(cat "$file" 2>/dev/null) || continue
		dead "$pid" || kill -KILL "$pid"
	done
}
undo_with end_all

# both_gone NAME HOW
both_gone() {
	ok "$2: QEMU is gone" wait_for -t 60 dead "$(<"$tmp/$1.script")"
	ok "$2: so is what it has started" wait_for -t 60 dead "$(<"$tmp/$1.child")"
}

for signal in KILL TERM INT; do
	# Not in the background of a script, where SIGINT would be ignored.
	(exec setsid -w env --default-signal=INT \
		"script_pid=$tmp/$signal.script" \
		VM_PRETEND="greet;console=Linux version;child=$tmp/$signal.child" \
		"$top_builddir/tests/helpers/vm-machine" "qemu=$tmp/qemu" \
		accel=tcg memory=16 "initrd=$tmp/initrd" \
		"$tmp/bzImage" "$tmp/$signal") 2>/dev/null &
	wait_for -t 60 test -s "$tmp/$signal.child" || bail_out "no machine"
	ok "both are alive before SIG$signal" eval \
		'alive "$(<"$tmp/$signal.script")" && alive "$(<"$tmp/$signal.child")"'
	# The one whose child the keeper is, whose child the script is.
	keeper=$(awk '/^PPid:/ { print $2 }' "/proc/$(<"$tmp/$signal.script")/status")
	kill -"$signal" "$(awk '/^PPid:/ { print $2 }' "/proc/$keeper/status")"
	both_gone "$signal" "SIG$signal"
done

export script_pid=$tmp/end.script
machine end "greet;console=x;child=$tmp/end.child;shutdown=guest-reset;exit=0" \
	"qemu=$tmp/qemu"
both_gone end "an end of its own"
export script_pid=$tmp/late.script
machine late "greet;console=x;child=$tmp/late.child" "qemu=$tmp/qemu" boot=1
both_gone late "a deadline"
