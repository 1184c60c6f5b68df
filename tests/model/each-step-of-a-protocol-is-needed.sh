#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: when a step of a protocol is left out, a property that it has is lost:
#           that which protocols.tsv names. So the model has no step that does
#           nothing, and the searches can see what each is for.
# Refuted by: a protocol that is as good without one of its steps.
# Proof of coverage: each step is a word of the model; one that is none changes
#                    nothing, and is found. The long form takes all protocols.
. "$srcdir/tests/lib/model.sh"
plan 4

mapfile -t protocols < <(
	if [ "${PINFS_TEST_FULL:-}" = 1 ]; then
		model_rows | cut -f 1
	else
		printf "%s\n" lock-unmap-check simulated-fault-rmap
	fi
)
steps=$(model_rows | cut -f 9 | tr ' ' '\n' | sed 's/=.*//' | sort -u)
unknown=$(for step in $steps; do
	grep -qw "WITHOUT_$step" "$model"/*.pml || echo "$step"
done)
is "$unknown" '' "each step is one of the model"

status=0
"$check" -m "${protocols[@]}" >"$tmp/table" || status=$?
cat "$tmp/table" >&2
is "$status" 0 "without one a property is lost"
is "$(($(wc -l <"$tmp/table") - 1))" "$(for protocol in "${protocols[@]}"; do
	model_rows | awk -F '\t' -v name="$protocol" '$1 == name { print $9 }'
done | wc -w)" "each was left out"

model_copy
sed -i '/^unpinned/s/LOCK=/NOTHING=/' "$copy/protocols.tsv"
exits 1 "one that does nothing is found" "$copy/check" -m unpinned
