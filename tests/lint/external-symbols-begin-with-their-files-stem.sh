#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: an external symbol tells the file it is in: its name is the stem of
#           the file up to the first '-', or begins with that and a '_'. In a
#           directory below src/client the directory's name in the singular
#           (writers/dio-read.c: writer_) will do as well.
# Refuted by: an external symbol of an archive with another name.
# Proof of coverage: planted nm output with a bad name; every archive has
#                    symbols.
. "$srcdir/tests/lib/tree.sh"
archives=(libpincommon.a libpinfsd.a libpinclient.a)
plan $((3 + ${#archives[@]}))

# bad_symbols NESTED - reads "nm -A -P" lines, "LIB[MEMBER]: NAME TYPE ...", and
# prints MEMBER and NAME of the bad ones. NESTED: "STEM PREFIX" lines for files
# in directories of their own. Symbols that a sanitizer adds are not ours.
bad_symbols() {
	awk -v nested="$1" '
	BEGIN {
		n = split(nested, lines, "\n")
		for (i = 1; i <= n; i++) {
			split(lines[i], word, " ")
			also[word[1]] = word[2]
		}
	}
	$2 ~ /^(__odr_asan|__asan|__ubsan|__tsan|_GLOBAL_)/ { next }
	{
		seen++
		stem = $1
		sub(/^.*\[/, "", stem)
		sub(/\].*$/, "", stem)
		sub(/^libpin[a-z]*_a-/, "", stem)
		sub(/\.o$/, "", stem)
		extra = also[stem]
		sub(/-.*/, "", stem)
		if ($2 != stem && index($2, stem "_") != 1 &&
		    (extra == "" || index($2, extra "_") != 1))
			print stem ": " $2
	}
	END {
		if (!seen)
			print "no symbols at all"
	}'
}

nested_files() {
	tree_files '^src/client/[a-z]+/.*\.c$' |
		sed -E 's,^src/client/([a-z]+)s/(.*)\.c$,\2 \1,' || true
}

sample='l.a[libpinfsd_a-ops-read.o]: ops_read T 0 1'
is "$(bad_symbols '' <<<"$sample")" '' "a good name is not found"
sample='l.a[libpinfsd_a-ops-read.o]: helper T 0 1'
is "$(bad_symbols '' <<<"$sample")" 'ops: helper' "a bad name is found"
is "$(bad_symbols '' </dev/null)" 'no symbols at all' "no input is found"

nested=$(nested_files)
for archive in "${archives[@]}"; do
	report_findings "$archive" "$(
		"${NM:-nm}" -A -P -g --defined-only \
			"$top_builddir/$archive" | bad_symbols "$nested"
	)"
done
