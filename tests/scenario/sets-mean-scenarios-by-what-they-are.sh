#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a set means, in run and in list, exactly the scenarios that its
#           description says, alone or beside patterns; one that does not exist
#           is one line that names it, and status 2.
# Refuted by: a scenario too many or too few; a set of the table that neither
#             takes.
# Proof of coverage: what the sets must be comes from the column CASE of the
#                    list, where both kinds occur.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 16
export TMPDIR=$tmp

# listed WORD... - names; ran WORD... - names of what has run.
listed() {
	pinctl list "$@" | awk 'NR > 1 { print $1 }'
}
ran() {
	timeout 100 pinctl run --json "$@" | jq -r 'select(.scenario) | .scenario'
}

# The writers pin whose CASE is a number, and no more than that.
pins=$(pinctl list | awk 'NR > 1 && $2 ~ /^[0-9]+$/ { print $1 }')
controls=$(pinctl list | awk 'NR > 1 && $2 == "control" { print $1 }')
like "$pins" 'dio-read@writeback' "there are writers that pin"
like "$controls" 'store@writeback' "there are controls"
is "$(listed @pins)" "$pins" "list @pins"
is "$(ran @pins)" "$pins" "run @pins"
is "$(listed @controls)" "$controls" "list @controls"
is "$(ran @controls)" "$controls" "run @controls"
is "$(listed @all)" "$(listed)" "list without a word has all"
is "$(ran)" "$(listed @default)" "run without a word means @default"
is "$(ran @controls 'pwrite@*' pwrite@writeback | sort)" \
	"$(listed @controls 'pwrite@*' | sort)" \
	"beside patterns, each scenario once"
is "$(listed @controls 'pwrite@*' | sort)" \
	"$({ echo "$controls"; listed | grep '^pwrite@'; } | sort)" \
	"list takes patterns as well"

bad=''
while read -r set; do
	pinctl list "$set" >/dev/null || bad+=" $set"
done < <(pinctl list sets | awk '/^@/ { print $1 }')
is "$bad" '' "each set of the table is taken"
for command in run list; do
	status=0
	pinctl $command @pinz >"$tmp/out" 2>"$tmp/err" || status=$?
	is "$status $(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" '2 1 0' \
		"$command: a set that is none: status 2, one line"
	ok "$command: the line names it" grep -qF "'@pinz'" "$tmp/err"
done
exits 2 "a pattern that means nothing" pinctl list 'nonsense@*'
