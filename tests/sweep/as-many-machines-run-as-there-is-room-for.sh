#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with -j N there are N machines at once and never more, and fewer where
#           their memory would not be there; without it as many as there are
#           processors for, when each has as many as its vCPUs have threads.
# Refuted by: more at once, or fewer where there is room.
# Proof of coverage: each machine waits until as many are there as shall be, and
#                    counts them; with the right number all have been seen.
. "$srcdir/tests/lib/played.sh"
require_prog jq gzip
plan 9

kernels=()
for number in 1 2 3 4 5 6; do
	says "$tmp/k$number" "6.$number.0" STABLE
	kernels+=("$tmp/k$number")
done

# Each machine is a file from its start until it has seen as many as $tmp/wanted
# says, or somebody else has, and some more time has passed.
mkdir "$tmp/slots"
mkfifo "$tmp/never"
cat >"$tmp/before" <<END
exec 3<>"$tmp/never"
: >"$tmp/slots/\$\$"
for round in {1..600}; do
	now=("$tmp"/slots/*)
	echo "\${#now[@]}" >>"$tmp/counts"
	[ ! -e "$tmp/enough" ] || [ "\$round" -lt 5 ] || break
	[ "\${#now[@]}" -lt "\$(<"$tmp/wanted")" ] || : >"$tmp/enough"
	read -r -t 0.05 -u 3 || true
done
rm "$tmp/slots/\$\$"
exec 3>&-
END

# most_with WANTED ARGUMENT... - the most machines at once.
most_with() {
	rm -f "$tmp/counts" "$tmp/enough"
	echo "$1" >"$tmp/wanted"
	shift
	status=0
	sweep -q -s pwrite@writeback "$@" "${kernels[@]}" >&2 || status=$?
	most=$(sort -n "$tmp/counts" | tail -n 1)
}

most_with 3 -j 3
is "$most" 3 "-j 3: three at once"
is "$status" 0 "and all of them are told"
most_with 1 -j 1
is "$most" 1 "-j 1: one after the other"

# Of half the memory that is there, and what a machine needs besides, one fits.
available=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
most_with 1 -j 4 --memory=$((available / 2))
is "$most" 1 "-j 4 with half of the memory each: one after the other"
is "$status" 0 "and all of them are told"
is "$(ls "$tmp/slots")" '' "no machine is left"

# ------------------------------------------------------------------- without -j
# How many there are at each start. They take their time once they are heard of.
cat >"$tmp/before" <<END
while read -r pid _; do
	kill -0 "\$pid" 2>/dev/null && echo "\$pid"
done <"$tmp/starts" | wc -l >>"$tmp/counts"
END
for number in 1 2 3 4 5 6; do
	kernel_of "$tmp/k$number" "6.$number.0" "$boot;stage=run;sleep=2;\
$(gives pwrite@writeback STABLE as_known);$(ends 1 0)"
done
processors=$(nproc)
# most_by_itself VERSION CPUS - the same with that QEMU.
most_by_itself() {
	rm "$tmp/counts"
	begin_count
	VM_PRETEND_VERSION=$1 sweep -q --cpus="$2" -s pwrite@writeback \
		"${kernels[@]}" >&2 || diag "status $?"
	most=$(sort -n "$tmp/counts" | tail -n 1)
}
most_by_itself 8.1.0 "$processors"
is "$most" 1 "without -j: one that has all of the $processors processors"
most_by_itself 8.1.0 1
is "$most" "$((processors < 6 ? processors : 6))" "or one for each of them"
most_by_itself 8.0.5 "$processors"
is "$most" "$((processors < 6 ? processors : 6))" \
	"also where QEMU has one thread for all vCPUs of a machine"
