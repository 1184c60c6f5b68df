#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: each protocol of src/model has the properties that protocols.tsv says,
#           and no other, by searches that left nothing out.
# Refuted by: a result that is another; a search that was cut off, and taken for
#             one that found nothing.
# Proof of coverage: the table is in the log, with the states of each search; a
#                    changed expectation is found; so is a search without memory.
#                    The long form adds an actor where one more goes, and looks
#                    which protocols need the page dirty before a write is reported.
. "$srcdir/tests/lib/model.sh"
if [ "${PINFS_TEST_FULL:-}" = 1 ]; then plan 10; else plan 7; fi

status=0
"$check" -v >"$tmp/table" || status=$?
cat "$tmp/table" >&2
is "$status" 0 "the table is as expected"
is "$(awk '!/^ / && NR > 1 { print $1 }' "$tmp/table")" \
	"$(model_rows | cut -f 1)" "each protocol is in it"
is "$(awk '/^  .* states, depth / && $2 > 1000 && $2 < 500000 && $5 < 150' \
	"$tmp/table" | wc -l)" "$(($(model_rows | wc -l) * 5))" \
	"each search is of the size that the manual says"

model_copy
sed -i '/^unpinned/s/yes/no/' "$copy/protocols.tsv"
exits 1 "a changed expectation is found" "$copy/check" unpinned
sed -i 's/-DMEMLIM=[0-9]*/-DMEMLIM=1/' "$copy/check"
exits 3 "a search without memory is not taken for one" "$copy/check" unpinned
model_copy
sed -i 's/-m[0-9]\{2,\}/-m30/' "$copy/check"
exits 3 "nor is one that was cut off at a depth" "$copy/check" unpinned

# with_actor NAME PLACE - the protocols where PLACE is have the same properties with
# NAME as well, for which one writeback and the last are enough to search.
with_actor() {
	local names
	mapfile -t names < <(model_rows | awk -F '\t' -v place="$2" \
		'index($8, place) { print $1 }')
	"$check" -D "$1" -D ROUNDS=1 "${names[@]}" >"$tmp/table"
	cat "$tmp/table" >&2
	is "$(awk 'NR > 1 { print $1, $2, $3, $4, $5, $6 }' "$tmp/table" |
		tr 'NO' 'no')" \
		"$(model_answers | grep -E "^($(IFS='|'; echo "${names[*]}")) ")" \
		"$1 changes nothing"
}

# lost_by NAME - the protocols that have "kept", and lose it with NAME.
lost_by() {
	"$check" -D "$1" >"$tmp/table"
	cat "$tmp/table" >&2
	awk 'NR > 1 && $3 == "NO" { print $1 }' "$tmp/table" |
		grep -vxF "$(model_answers | awk '$3 == "no" { print $1 }')"
}

if [ "${PINFS_TEST_FULL:-}" = 1 ]; then
	with_actor WITH_PINNER WITH_HOLDER
	with_actor WITH_WRITER WITH_PINNER
	is "$(lost_by REPORT_FIRST)" \
		$'today\nlock-unmap-check-references\ncopy-always' \
		"whose pages are clean under a pin want them dirty before the report"
fi

is "$(find "$tmp" -name 'pinfs-model.*')" '' "searches leave nothing"
