#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the options of "pinfs --help", with their values, are those of
#           pinfs(8), and the words tolerated without effect are the same.
# Refuted by: an option or word in one of the two only.
# Proof of coverage: neither list is empty, each has an option that is known to
#                    exist, and a planted difference is found.
. "$srcdir/tests/lib/manual.sh"
plan 5
page=$man/pinfs.8

# From "  -o cache=... how the kernel ..." what stands before two blanks.
help_options() {
	pinfs --help | sed -n 's/^  \(-[^ ].*\)$/\1/p' | sed 's/  .*//' |
		sed 's/^\(-o [^ ]*\) .*/\1/'
}

help_words() {
	pinfs --help | sed '1,/^Tolerated/d' | tr -s ' ' '\n' | sed '/^$/d'
}

in_page=$(manual_tags "$page" OPTIONS)
in_help=$(help_options)
agree "options" "$in_page" "$in_help"
ok "cache= is among them" grep -q '^-o cache=' <<<"$in_help"
ok "so is -f" grep -qx -e '-f, --foreground' <<<"$in_help"
planted_is_found "a planted difference of options is found" "$in_page"
agree "words without effect" "$(manual_block "$page" OPTIONS)" "$(help_words)"
