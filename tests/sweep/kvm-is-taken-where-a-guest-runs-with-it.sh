#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a machine runs with KVM when a guest's kernel has come through its start
#           with it, and without when none has, whatever the reason: QEMU that
#           fails, a kernel that panics before that, one that says nothing. Who
#           asks for KVM and cannot have it is told why; who asks for TCG gets it
#           without a trial.
# Refuted by: an accelerator that no guest has run with, or another reason.
# Proof of coverage: what QEMU is given names the accelerator; a trial leaves a file.
#
# No machine is booted here: tests/helpers/vm-pretender.c plays QEMU.
. "$srcdir/tests/lib/machine.sh"
require_prog jq gzip
if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
	skip_all "needs a /dev/kvm that can be opened"
fi
pretend_files
plan 12

# Notes what it is given.
cat >"$tmp/qemu" <<'QEMU'
#!/usr/bin/env bash
printf '%s\n' "$*" >>"$qemu_calls"
exec "$top_builddir/tests/helpers/vm-pretender" "$@"
QEMU
chmod +x "$tmp/qemu"

# tried NAME TRIAL [KEY=VALUE...] - a machine, after a trial of those steps.
tried() {
	export qemu_calls=$tmp/$1.calls VM_PRETEND_TRIAL=$2
	machine "$1" 'greet;console=x;shutdown=guest-shutdown;exit=0' \
		"qemu=$tmp/qemu" accel= "${@:3}"
}

# accels NAME - what QEMU was given, trial first.
accels() {
	grep -o -e '-accel [a-z]*' "$tmp/$1.calls" | cut -d ' ' -f 2 | tr '\n' ' '
}

vfs='console=Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)'
tried works "greet;console=Linux version 6.0;$vfs;shutdown=guest-reset;exit=0"
is "$(accels works)" 'kvm kvm ' "KVM is tried, and taken"
is "$(value works .machine.accel)" kvm "result.json tells it"

tried fails 'said=failed to set MSR 0x10a;signal=6'
is "$(accels fails)" 'kvm tcg ' "where QEMU fails with it, it is not taken"
is "$(value fails .machine.accel)" tcg "result.json tells it"

tried early 'greet;console=Kernel panic - not syncing: CPU too old;exit=0'
is "$(accels early)" 'kvm tcg ' "nor where the kernel does not come through"

tried asked 'said=failed to set MSR 0x10a;signal=6' accel=kvm
is "$(value asked .outcome)" harness "who asks for it gets no other"
like "$(value asked .reason)" 'KVM does not work here: failed to set MSR 0x10a' \
	"but is told why"
is "$(accels asked)" 'kvm ' "there is no machine then"

tried panics 'greet;console=Kernel panic - not syncing: CPU too old;exit=0' accel=kvm
like "$(value panics .reason)" 'not syncing: CPU too old' \
	"the kernel's last words are told"

tried plain "$vfs" accel=tcg
is "$(accels plain)" 'tcg ' "who asks for TCG gets it without a trial"

tried had "greet;$vfs" accel=kvm
is "$(accels had)" 'kvm kvm ' "who asks for KVM gets it where it works"
is "$(value had .machine.accel)" kvm "result.json tells it"
