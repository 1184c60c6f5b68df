#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with TCG a machine's vCPUs have a thread each from QEMU 8.1 on, and one
#           thread before that and where the version is not known; result.json says
#           so. See vm/qemu.h:vm_qemu_threads().
# Refuted by: several threads before 8.1, or one from then on.
# Proof of coverage: QEMU's own words are read, of versions on both sides of 8.1, of
#                    one that sorts otherwise as a text, and of none.
. "$srcdir/tests/lib/machine.sh"
require_prog jq gzip
pretend_files

table='
7.2.22 2 single 1
8.0.93 2 single 1
8.1.0 2 multi 2
8.1.0 1 single 1
10.0.2 4 multi 4
unknown 2 single 1
'
plan $(($(grep -c . <<<"$table") * 2))

cat >"$tmp/qemu" <<END
#!/usr/bin/env bash
if [ "\$1 \$VM_PRETEND_VERSION" = "--version unknown" ]; then
	exit 1
fi
printf '%s\n' "\$@" >"$tmp/words"
exec "$top_builddir/tests/helpers/vm-pretender" "\$@"
END
chmod +x "$tmp/qemu"
number=0
while read -r version cpus thread threads; do
	[ -n "$version" ] || continue
	number=$((number + 1))
	VM_PRETEND_VERSION=$version machine "m$number" "greet;hello;result=a;\
summary=1;end=0;farewell;shutdown=guest-shutdown;exit=0" \
		"qemu=$tmp/qemu" "cpus=$cpus"
	is "$(grep -A 1 -xe -accel "$tmp/words" | tail -n 1)" \
		"tcg,thread=$thread" "QEMU $version, $cpus vCPUs: $thread"
	is "$(value "m$number" .machine.threads)" "$threads" \
		"and the result says $threads"
done <<<"$table"
