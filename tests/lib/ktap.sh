# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What is wrong with KTAP: tests/lib/ktap.awk, as the output of pinctl needs it.

# ktap_faults FILE [VERSION] - faults, one a line; none: it is KTAP. VERSION is
# the version line, "KTAP version 1" by default. Succeeds anyway.
ktap_faults() {
	awk -v version="${2:-}" -v each=verdict -v trailing='stopped at|kept' \
		-v totals=yes -f "$srcdir/tests/lib/ktap.awk" "$1" || true
	[ -z "$(tail -c 1 "$1")" ] || echo "the last line has no end"
}
