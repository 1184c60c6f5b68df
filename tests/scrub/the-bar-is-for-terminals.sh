#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: on a terminal, standard error shows a bar with percent and MB/s,
#           drawn at most ten times a second, and erased at the end and before
#           each line; elsewhere, and with --quiet, nothing of it.
# Refuted by: no bar; one that is left behind; more drawings than that; a byte of
#             it in a file.
# Proof of coverage: a pseudo-terminal of script(1), and many more files than
#                    drawings.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/scrub.sh"
require_fuse
require_script
plan 10
mount_pinfs
for i in {1..1500}; do
	echo "$i" >"$mnt/f$i"
done
fill "$mnt/big" 5000

# on_terminal WORDS... - run it with standard error on a terminal, standard
# output elsewhere; what the terminal got is in $shown.
on_terminal() {
	local begin=${EPOCHREALTIME/./}
	script -qec "$* >$tmp/out" "$tmp/typescript" </dev/null >/dev/null ||
		true
	took_ms=$(((${EPOCHREALTIME/./} - begin) / 1000))
	shown=$(sed '/^Script \(started\|done\)/d' "$tmp/typescript")
	diag "$took_ms ms: $(tail -c 300 <<<"$shown" | tr '\r\033' '\n^')"
}
frames() {
	tr '\r' '\n' <<<"$shown" | grep -c "$1" || true
}

on_terminal pinctl scrub "$mnt"
like "$shown" '[0-9]+ % \[[#-]+\] [0-9.]+ MB/s, [0-9]+ files' "a bar"
ok "not drawn too often" test "$(frames ' % ')" -le $((took_ms / 100 + 2))
like "$shown" $'\r\033\\[K[\r\n]*$' "erased at the end"
unlike "$(cat "$tmp/out")" $'[\r\033]' "not in the output"
like "$(cat "$tmp/out")" '^1501 files' "which is there"

flip "$src/big" 4000
on_terminal pinctl scrub "$mnt" "2>&1 | cat"
is "$shown" '' "no bar in a pipe"
script -qec "pinctl scrub $mnt" "$tmp/typescript" </dev/null >/dev/null || true
like "$(cat "$tmp/typescript")" $'\r\033\\[K/big block 4000 \\(' \
	"erased before a line"
on_terminal pinctl scrub --quiet "$mnt"
is "$shown" '' "no bar with --quiet"
pinctl scrub "$mnt" >"$tmp/out" 2>"$tmp/err" || true
is "$(cat "$tmp/err")" '' "nothing where there is no terminal"
umount_pinfs
on_terminal pinctl scrub "$src"
like "$shown" ' % \[' "a bar offline"
