#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: no C file has more than 500 lines, no function more than 80.
# Refuted by: one that has.
# Proof of coverage: planted text that is too long is found; many functions were
#                    counted.
. "$srcdir/tests/lib/tree.sh"
plan 6

# long_functions MAX - of the C text on standard input or in files. In kernel
# layout a body begins and ends with a brace in the first column.
long_functions() {
	local max=$1
	shift
	awk -v max="$max" '
	/^{/ { begin = FNR; name = before }
	/^}$/ && begin {
		if (FNR - begin + 1 > max)
			print FILENAME ":" begin ": " name
		begin = 0
	}
	{ before = $0 }' "$@"
}

long_files() {
	xargs wc -l | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 }'
}

is "$(printf 'int f(void)\n{\n\treturn 1;\n}\n' | long_functions 3)" '' \
	"a function of the greatest length is not found"
like "$(printf 'int f(void)\n{\n\treturn 1;\n}\n' | long_functions 2)" \
	'int f' "one longer is found"
seq 501 >"$tmp/tall.c"
like "$(long_files <<<"$tmp/tall.c")" '501' "a long file is found"

files=$(c_files)
functions=$(xargs awk '/^}$/ { n++ } END { print n + 0 }' <<<"$files")
ok "there are functions to look at" test "$functions" -gt 100
report_findings "no file is over 500 lines" "$(long_files <<<"$files")"
mapfile -t list <<<"$files"
report_findings "no function is over 80 lines" \
	"$(long_functions 80 "${list[@]}")"
