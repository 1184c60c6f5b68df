#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinfs-pinning(7) shows what src/model says: its table has what each
#           protocol has, its protocols are those of the model, and each
#           counterexample is the one that the search finds.
# Refuted by: another answer, a protocol in one of them only, a line of a
#             counterexample that the model does not print; a kind of violation
#             that is in the table and has no counterexample.
# Proof of coverage: the blocks are counted; a changed one is found.
. "$srcdir/tests/lib/model.sh"
. "$srcdir/tests/lib/manual.sh"
page=$man/pinfs-pinning.7

# blocks - the words of each counterexample, one a line.
blocks() {
	sed -n 's/^\.\\" check -/-/p' "$page"
}

# block WORDS - its lines, as a reader sees them.
block() {
	awk -v words=".\\\\\" $1" '
	$0 == words { found = 1; next }
	found && /^\.nf/ { inside = 1; next }
	found && /^\.fi/ { exit }
	inside' "$page" | manual_text
}

plan $((5 + $(blocks | wc -l)))

agree "the protocols are those of the model" \
	"$(manual_tags "$page" PROTOCOLS)" "$(model_rows | cut -f 1)"
agree "the properties are" "$(manual_tags "$page" PROPERTIES)" \
	"$(printf '%s\n' stable kept forgotten deadlock progress)"
is "$(block table | sed 1d | tr -s ' ' | tr 'NO' 'no' | sed 's/ *$//')" \
	"$(model_answers)" "the table is that of the model"

while read -r words; do
	read -ra arguments <<<"$words"
	is "$(block "check $words")" "$("$check" "${arguments[@]}")" "check $words"
done < <(blocks)
not_ok "a changed one is found" test \
	"$(block 'check -t today stable' | sed 's/content 2/content 3/')" = \
	"$(block 'check -t today stable')"

# Each column with a NO in it has a counterexample.
is "$(blocks | awk '{ print $NF }' | sort -u)" "$(model_answers | awk '
	BEGIN { split("stable kept forgotten deadlock progress", name, " ") }
	{ for (i = 2; i <= NF; i++) if ($i == "no") print name[i - 1] }' |
	sort -u)" "each kind of violation has one"
