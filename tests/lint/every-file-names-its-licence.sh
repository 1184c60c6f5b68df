#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: each file says GPL-2.0-or-later in its first line, or in its second
#           when the first says what runs it.
# Refuted by: a file without the line; COPYING alone is the licence itself.
# Proof of coverage: this file is among those looked at.
. "$srcdir/tests/lib/tree.sh"
plan 2

without_licence() {
	local file
	while read -r file; do
		head -n 2 "$file" |
			grep -q 'SPDX-License-Identifier: GPL-2\.0-or-later' ||
			echo "$file"
	done
}

files=$(tree_files | grep -vx COPYING)
ok "this file is looked at" \
	grep -q '^tests/lint/every-file-names' <<<"$files"
report_findings "every file has its SPDX line" "$(without_licence <<<"$files")"
