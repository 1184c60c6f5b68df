#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: each test in the tree is in a list of the Makefile, so that none is
#           forgotten; and each script among them says what it shows and never
#           waits for a duration.
# Refuted by: a file under tests/ that is neither a test in a list nor in one of
#             the directories that hold helpers; a script without its head
#             comment; "sleep" in a script.
# Proof of coverage: the lists are not empty, and this file is in one.
. "$srcdir/tests/lib/tree.sh"
plan 4

listed=$(sed -n 's,.*\(tests/[^ ]*\.sh\).*,\1,p' tests/Makemodule.am | sort)
units=$(sed -n 's,.*\(tests/unit/[^ ]*\)\.t\b.*,\1.c,p' tests/Makemodule.am |
	sort -u)
ok "this test is in the list" grep -qx "tests/lint/${0##*/}" <<<"$listed"

scripts=$(tree_files '^tests/.*\.sh$' |
	grep -Ev '^tests/(lib|bench|fuzz|drivers|helpers)/')
report_findings "no test script is forgotten" \
	"$(comm -23 <(echo "$scripts") <(echo "$listed"))"
report_findings "no unit test is forgotten" \
	"$(tree_files '^tests/' | { grep -E '^tests/unit/.*_test\.c$' || true; } |
		comm -23 - <(echo "$units"))"

head_comment() {
	local file words word
	while read -r file; do
		words=$(sed -n '1,/^[^#]/p' "$file")
		for word in Property 'Refuted by' 'Proof of coverage'; do
			grep -q "^# $word:" <<<"$words" ||
				echo "$file: no \"$word:\" at its head"
		done
		grep -nHE '(^|[;&|({[:space:]])sle''ep[[:space:]]' "$file" || true
	done
}
report_findings "every script says what it shows and does not sleep" \
	"$(head_comment <<<"$scripts")"
