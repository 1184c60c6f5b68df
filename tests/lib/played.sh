# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# "pinctl sweep" on kernels that are files with a setup header and a list of the
# steps that tests/helpers/vm-pretender.c, in QEMU's place, takes for them.
# shellcheck source=tests/lib/machine.sh
. "$srcdir/tests/lib/machine.sh"

export PINFS_VM_CACHE=$tmp/cache
pretend_files

# What each machine says first, and what it does when all has come.
boot='greet;console=Linux version 6.0;console=Run /init as init process;hello'
off='farewell;shutdown=guest-shutdown;exit=0'

# kernel_of FILE RELEASE STEPS - a kernel as vm/kernel-image.c reads it: a setup
# header whose version is at 0x300.
kernel_of() {
	{
		head -c 497 /dev/zero
		printf '\004'
		head -c 16 /dev/zero
		printf 'HdrS'
		head -c 8 /dev/zero
		printf '\000\001'
		head -c 240 /dev/zero
		printf '%s (pretended)\000' "$2"
		head -c 2048 /dev/zero
		printf '\nsteps: %s\n' "$3"
	} >"$1"
}

# gives SCENARIO VERDICT OUTCOME [KNOWN] - the step of a result.
gives() {
	printf 'line={"scenario":"%s","verdict":"%s","outcome":"%s",' "$1" "$2" "$3"
	printf '"known":{"verdict":"%s","capabilities":"-","ground":"here"},' \
		"${4-$2}"
	printf '"runs":1,"verdicts":{"%s":1},"also":{},"call_us":1,' "$2"
	printf '"note":"as it was","phases":{},"files":[],"store":null}'
}

# ends COUNT STATUS - the steps of the end of "pinctl run" with that status.
ends() {
	printf 'line={"summary":{"scenarios":%s,"status":%s}};end=%s;%s' \
		"$1" "$2" "$2" "$off"
}

# says FILE RELEASE VERDICT - a kernel that says so of pwrite@writeback, and that
# this is known.
says() {
	kernel_of "$1" "$2" \
		"$boot;$(gives pwrite@writeback "$3" as_known);$(ends 1 0)"
}

# In QEMU's place. A line of $tmp/starts is a machine; before_machine may be put
# into $tmp/before, which is read by its shell.
cat >"$tmp/qemu" <<END
#!/usr/bin/env bash
kernel= before=
for word; do
	[ "\$before" != -kernel ] || kernel=\$word
	before=\$word
done
if [ -n "\$kernel" ]; then
	VM_PRETEND=\$(grep -a '^steps: ' "\$kernel" | cut -c 8-)
	export VM_PRETEND
	echo "\$\$ \$kernel" >>"$tmp/starts"
	[ ! -e "$tmp/before" ] || . "$tmp/before"
fi
exec "$top_builddir/tests/helpers/vm-pretender" "\$@"
END
chmod +x "$tmp/qemu"
: >"$tmp/starts"

# Options for machines that are played.
played=("--qemu=$tmp/qemu" --accel=tcg --memory=128 "--initrd=$tmp/initrd")

# sweep ARGUMENT... - into $tmp/out.
sweep() {
	timeout -s KILL 100 pinctl sweep "${played[@]}" --out="$tmp/out" "$@"
}

# starts - how many machines there have been; begin_count - from now on.
starts() {
	wc -l <"$tmp/starts"
}
begin_count() {
	: >"$tmp/starts"
}

# await COMMAND... - until it succeeds; fails after 30 seconds.
await() {
	local end=$((SECONDS + 30))
	until "$@"; do
		if [ "$SECONDS" -gt "$end" ]; then
			diag "after 30 s still not: $*"
			return 1
		fi
		sleep 0.02
	done
}
