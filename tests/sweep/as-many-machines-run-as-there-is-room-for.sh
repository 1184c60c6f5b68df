#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with -j N there are N machines at once and never more, and fewer where
#           their memory would not be there.
# Refuted by: more at once, or fewer where there is room.
# Proof of coverage: each machine waits until as many are there as shall be, and
#                    counts them; with the right number all have been seen.
. "$srcdir/tests/lib/played.sh"
require_prog jq gzip
plan 6

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
