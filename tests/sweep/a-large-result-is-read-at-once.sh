#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a result.json is read in blocks: what the matrix asks of the kernel does
#           not grow with each byte of it.
# Refuted by: an eighth of the time of processors that a read(2) and a write(2) for
#           each byte take.
# Proof of coverage: the results are in the matrix, and the bytes do take their time.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/sweep.sh"
require_prog jq
plan 3

seq 4000 | sed 's/.*/scenario-&@writeback STABLE STABLE as it was/' |
	sweep_kernel "$tmp/out/one" 6.1.1 complete
bytes=$(cpu_ms dd if="$tmp/out/one/result.json" bs=1 status=none)
ok "one by one its bytes take $bytes ms" test "$bytes" -gt 200
matrix=$(cpu_ms sweep-matrix ktap "$tmp/out")
is "$(grep -c '^  ok' "$tmp/said")" 4001 "all results are there"
ok "the matrix takes $matrix ms" test "$matrix" -lt $((bytes / 8))
