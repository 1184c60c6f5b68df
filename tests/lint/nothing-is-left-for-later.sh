#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the tree has no notes to self.
# Refuted by: the usual words for them, as words, in any file.
# Proof of coverage: a planted one is found; files were looked at.
. "$srcdir/tests/lib/tree.sh"
plan 2

notes() {
	grep -nwE -e 'TO''DO' -e 'FIX''ME' -e 'XX''X' -e 'HA''CK' "$@" || true
}

printf 'int a; /* TO''DO */\n' >"$tmp/planted.c"
like "$(notes "$tmp/planted.c")" 'int a' "a planted note is found"
mapfile -t list < <(tree_files | grep -vx COPYING)
report_findings "there are none in ${#list[@]} files" \
	"$(notes /dev/null "${list[@]}")"
