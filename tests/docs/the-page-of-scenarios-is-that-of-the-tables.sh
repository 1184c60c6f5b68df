#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinfs-scenarios(7) is what "pinctl list --manual" prints ("make manual"
#           makes it), has every writer, moment, target and scenario, and a
#           paragraph about each part.
# Refuted by: a difference; a part or scenario that is not in it; a part without a
#             paragraph, or with one that names no function or version where the
#             kernel is spoken of.
# Proof of coverage: the names are those of the tables; a planted difference is
#                    found.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/manual.sh"
plan 7
page=$man/pinfs-scenarios.7
known=$srcdir/src/client/known.tsv

pinctl list --manual --known="$known" >"$tmp/page"
ok "the page is that of the tables" cmp "$page" "$tmp/page"
not_ok "a planted difference is found" \
	cmp -s <(sed 's/CASE/CASES/' "$page") "$tmp/page"

# rows TABLE - its names.
rows() {
	pinctl list "$1" | awk '/^[^ ]/ { print $1 }'
}
agree "writers" "$(manual_subsections "$page" SCENARIOS)" "$(rows writers)"
agree "moments" "$(manual_tags "$page" MOMENTS)" "$(rows moments)"
agree "targets" "$(manual_tags "$page" TARGETS)" "$(rows targets)"
agree "scenarios" "$(manual_tags "$page" SCENARIOS)" \
	"$(pinctl list | awk 'NR > 1 { print $1 }')"
# Of each writer: more than its one line.
short=$(while read -r writer; do
	words=$(manual_section "$page" SCENARIOS "$writer" | sed '/^\.TP/q' | wc -w)
	[ "$words" -ge 30 ] || echo "$writer: $words words"
done < <(rows writers))
is "$short" '' "each writer has a paragraph"
