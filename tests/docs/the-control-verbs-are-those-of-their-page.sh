#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the control verbs, their words, and the operations that a gate can
#           name are those of pinfs-control(7).
# Refuted by: a verb, word or operation in one of the two only.
# Proof of coverage: the lists come from the program and from the header, have
#                    what is known to exist, and a planted difference is found.
. "$srcdir/tests/lib/manual.sh"
plan 7
page=$man/pinfs-control.7

# "VERB" and "VERB WORD=" for each. A verb that has words has its help in the
# next line, one without has it in the same line.
verbs_of_program() {
	pinctl list verbs | awk '
		function flush(    i, n, word) {
			if (verb == "")
				return
			print verb
			n = has_words ? split(rest, word) : 0
			for (i = 1; i <= n; i++) {
				gsub(/[][]/, "", word[i])
				print verb, word[i]
			}
		}
		/^[^ ]/ {
			flush()
			verb = $1
			rest = substr($0, length($1) + 1)
			has_words = 0
		}
		/^ / { has_words = 1 }
		END { flush() }'
}

verbs_of_page() {
	local verb
	manual_subsections "$page" VERBS | while read -r verb; do
		echo "$verb"
		manual_tags "$page" VERBS "$verb" | sed "s/^/$verb /; s/=.*/=/"
	done
}

ops_of_header() {
	sed -n '/define PINFS_CONTROL_OPS/,/[^\\]$/p' \
		"$srcdir/include/pinfs/control.h" |
		grep -oE 'X\([a-z0-9_]+' | cut -c 3-
}

in_page=$(verbs_of_page)
in_program=$(verbs_of_program)
agree "verbs and their words" "$in_page" "$in_program"
ok "hold has its nth=" grep -qx 'hold nth=' <<<"$in_program"
ok "status has no words" test -z "$(grep '^status ' <<<"$in_program")"
planted_is_found "a planted difference is found" "$in_page"

in_page=$(manual_block "$page" OPERATIONS)
in_header=$(ops_of_header)
agree "operations" "$in_page" "$in_header"
ok "write is one" grep -qx write <<<"$in_header"
planted_is_found "a planted difference of operations is found" "$in_page"
