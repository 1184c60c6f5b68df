#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the time that a machine has waited for a processor is no silence of its
#           guest; but one that does nothing else than wait for it hangs as well.
# Refuted by: a hang where the host was busy, or none where the guest did nothing.
# Proof of coverage: on the same busy processor the same deadline passes for a guest
#                    that sleeps, after the seconds that it says, and for one that
#                    is busy for good, later; all of them were bound to it.
#
# No machine is booted here: tests/helpers/vm-pretender.c plays QEMU, and works for
# eight seconds by the clock where three others work as well, so that it has a
# quarter of them.
. "$srcdir/tests/lib/machine.sh"
require_prog jq gzip taskset
grep -q '^[0-9]* [0-9]* ' /proc/self/schedstat 2>/dev/null ||
	skip_all "needs schedstat (CONFIG_SCHED_INFO)"
pretend_files
plan 7

pretender=$top_builddir/tests/helpers/vm-pretender
processor=$(taskset -cp $$ | grep -oE '[0-9]+' | tail -n 1)
for _ in 1 2 3; do
	taskset -c "$processor" bash -c 'while :; do :; done' &
	undo_with kill $!
done

# QEMU that runs on that processor only.
cat >"$tmp/qemu" <<END
#!/usr/bin/env bash
if [ "\$1" != --version ]; then
	taskset -cp "$processor" \$\$ | tail -n 1 >>"$tmp/bound"
fi
exec "$pretender" "\$@"
END
chmod +x "$tmp/qemu"

boot='greet;console=Linux version 6.0;console=Run /init as init process;hello'
over='result=a;summary=1;end=0;farewell;shutdown=guest-shutdown;exit=0'

# guest NAME STEPS - $outcome and $quiet: the seconds without a word.
guest() {
	machine "$1" "$boot;$2;$over" "qemu=$tmp/qemu" cpus=1 silence=4
	outcome=$(value "$1" .outcome)
	quiet=$(value "$1" '.reason | capture("for (?<s>[0-9]+) s").s')
	diag "$1: $(value "$1" '"\(.outcome), \(.reason)"')"
}

guest busy spin=8
is "$outcome" complete "eight busy seconds are no hang of four"
is "$(value busy '.results | length')" 1 "and what came after them is there"
guest asleep sleep=100
is "$outcome" hang "who sleeps waits for no processor, and hangs"
ok "after four seconds, not after $quiet" test "$quiet" -le 6
guest endless spin=100
is "$outcome" hang "who works for good without a word hangs as well"
ok "but later: after $quiet s, no more than three times as late" \
	test "$quiet" -ge 6 -a "$quiet" -le 16
is "$(grep -c ": $processor\$" "$tmp/bound")" 3 "each had that processor only"
