#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: every page that the project promises is there, has the sections its
#           kind needs, in order, and neither mandoc nor man finds a fault.
# Refuted by: a missing page or section, or a warning.
# Proof of coverage: a planted page with a fault is found; the table names the
#                    pages, so that a page that is not there fails.
. "$srcdir/tests/lib/tree.sh"
. "$srcdir/tests/lib/require.sh"
require_prog mandoc

# page: its sections, in this order; others may stand between them
pages='
pinfs.8: NAME SYNOPSIS DESCRIPTION OPTIONS EXIT_STATUS EXAMPLES FILES NOTES SEE_ALSO
pinctl.1: NAME SYNOPSIS DESCRIPTION OPTIONS EXIT_STATUS EXAMPLES SEE_ALSO
pinfs-events.5: NAME DESCRIPTION EVENTS EXAMPLES FILES SEE_ALSO
pinfs-ioctl.2: NAME SYNOPSIS DESCRIPTION COMMANDS RETURN_VALUE ERRORS EXAMPLES NOTES SEE_ALSO
pinfs-pinning.7: NAME DESCRIPTION MODEL PROPERTIES PROTOCOLS RESULT COUNTEREXAMPLES DECIDING KERNELS SEE_ALSO
pinfs-reproducing.7: NAME DESCRIPTION SYMPTOMS STEPS NOTES SEE_ALSO
pinfs-scenarios.7: NAME DESCRIPTION VERDICTS MOMENTS TARGETS SCENARIOS SEE_ALSO
pinfs-sweep.7: NAME DESCRIPTION OUTCOMES BISECTING CI FILES RESULT SECURITY CACHE SEE_ALSO
pinfs-control.7: NAME DESCRIPTION VERBS EXAMPLES FILES SEE_ALSO
'
plan $((2 + $(grep -c : <<<"$pages")))

# faults PAGE - what the linters say. mandoc's style advice is not asked for.
faults() {
	mandoc -T lint -W warning "$1" || true
	if command -v man >/dev/null 2>&1; then
		{
			LC_ALL=C.UTF-8 MANWIDTH=80 \
				man --warnings -E UTF-8 -l "$1" >/dev/null
		} 2>&1 || true
	fi
}

# missing_sections PAGE SECTION... - those not there, or not in this order.
missing_sections() {
	local page=$1 want
	shift
	sed -n -E 's/^\.S[Hh] +//p' "$page" | tr -d '"' | tr ' ' _ \
		>"$tmp/sections"
	for want; do
		if grep -qx "$want" "$tmp/sections"; then
			sed -i "0,/^$want\$/d" "$tmp/sections"
		else
			echo "$page: no $want, or not in order"
		fi
	done
}

printf '.TH X 1\n.SH NAME\n.br foo\n.nosuchmacro\n' >"$tmp/planted.1"
like "$(faults "$tmp/planted.1")" 'nosuchmacro' "a planted fault is found"

while read -r page sections; do
	[ -n "$page" ] || continue
	page=man/${page%:}
	if [ -f "$page" ]; then
		read -ra words <<<"$sections"
		report_findings "$page" \
			"$(faults "$page"; missing_sections "$page" "${words[@]}")"
	else
		fail "$page is there"
	fi
done <<<"$pages"

report_findings "every page on disk is in the table" "$(
	for page in man/*.[1-9]; do
		[ ! -e "$page" ] || grep -q "^${page#man/}:" <<<"$pages" ||
			echo "$page"
	done
)"
