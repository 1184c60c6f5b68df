#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl status --prometheus prints what Prometheus reads, with a series
#           for each counter and the mount's name, whatever that is; --output puts
#           it into a file that node_exporter's collector can read at any moment.
# Refuted by: a line that is none of the format, a series twice; a counter that is
#             missing or has another value than --json says; a file with another
#             mode, half a text, or another one left beside it.
# Proof of coverage: the parser finds planted faults; findings and holds are there.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 21

# check_metrics FILE - what is wrong with it, or the number of samples.
check_metrics() {
	awk -f "$srcdir/tests/lib/prometheus.awk" "$1"
}

# finds FAULT SED-SCRIPT - the parser must see what the script makes of the text.
finds() {
	sed "$2" "$tmp/metrics" >"$tmp/planted"
	like "$(check_metrics "$tmp/planted")" "^[0-9]+: $1:" "seen when planted: $1"
}

mount_pinfs '@a"b'
head -c 64k /dev/urandom >"$mnt/bad"
dd if=/dev/null of="$mnt/bad" conv=notrunc,fsync status=none
flip-bit "$src/bad" 3 1
dd if="$mnt/bad" of=/dev/null bs=4k iflag=direct 2>/dev/null || true
gate hold op=mkdir path=/d deadline=20s >&2
mkdir "$mnt/d" &
maker=$!
gate wait held=1 >&2

pinctl status "$mnt" --json >"$tmp/json"
pinctl status "$mnt" --prometheus >"$tmp/metrics"
like "$(check_metrics "$tmp/metrics")" '^[0-9]+$' "the text is well formed"
finds 'no sample' 's/^\(pinfs_held{.*\) 1$/\1 one/'
finds 'no sample' 's/mount="\(.*\)a\\"b/mount="\1a"b/'
finds 'a second HELP' '/^# HELP pinfs_held /p'
finds 'a second time' '/^pinfs_held{/p'
finds 'not behind its TYPE' '/^# TYPE pinfs_held /d'
finds 'a name that does not say what it is' '/_total/s/ counter$/ gauge/'
finds 'a counter below zero' '/^pinfs_reads_total/s/ \([0-9]*\)$/ -\1/'
if command -v promtool >/dev/null; then
	ok "promtool agrees" promtool check metrics <"$tmp/metrics"
else
	skip 1 "promtool is not here"
fi

# value NAME [LABELS] - of the series of this mount.
value() {
	local series="$1{mount=\"${mnt/\"/\\\"}\"${2:+,$2}}"
	awk -v series="${series//\\/\\\\}" 'index($0, series " ") == 1 { print $2 }' \
		"$tmp/metrics"
}

jq -r '.counters | to_entries[] | "\(.key) \(.value)"' "$tmp/json" >"$tmp/counters"
while read -r name _; do
	echo "$name $(value "pinfs_${name}_total")"
done <"$tmp/counters" >"$tmp/exported"
is "$(<"$tmp/exported")" "$(<"$tmp/counters")" "each counter is a series"
ok "and there are some" test "$(wc -l <"$tmp/counters")" -gt 20
is "$(value pinfs_findings_total 'class="media"')" 1 "the bad block is a finding"
is "$(value pinfs_findings_total 'class="lost"')" 0 "and none of another class"
is "$(value pinfs_held)" 1 "the held request is there"
like "$(value pinfs_oldest_hold_seconds)" '^[0-9]+\.[0-9]{6}$' "and since when"
ok "the daemon has memory" test "$(value pinfs_memory_bytes)" -gt 100000
gate clear >&2
wait "$maker"

mkdir "$tmp/collector"
(umask 077 && pinctl status "$mnt" --prometheus --output="$tmp/collector/a.prom")
exec 9<"$tmp/collector/a.prom"
pinctl status "$mnt" --prometheus --output="$tmp/collector/a.prom"
like "$(check_metrics "$tmp/collector/a.prom") $(check_metrics /dev/fd/9)" \
	'^[0-9]+ [0-9]+$' "a reader has the old text, the next the new one"
exec 9<&-
is "$(stat -c %a "$tmp/collector/a.prom") $(ls "$tmp/collector")" '644 a.prom' \
	"everybody may read it, and there is nothing else"
exits 3 "a file that cannot be written" pinctl status "$mnt" --prometheus \
	--output="$tmp/nowhere/a.prom"
exits 2 "--output is of metrics only" pinctl status "$mnt" --output="$tmp/x"
ok "unmounted" umount_pinfs '@a"b'
