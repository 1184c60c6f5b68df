#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: results of several directories come together in the order of versions;
#           of a kernel that is in two sweeps the later run is taken, and that is
#           said; kernels of one name that differ are both there, named apart, and
#           so are those of which one does not say when it ran; a kernel can be named
#           by its directory or its result.json.
# Refuted by: a kernel that is missing, twice or in another place.
# Proof of coverage: taken alone, each sweep gives its own verdict.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/sweep.sh"
require_prog jq
plan 24

# kernels PATH... - "LABEL=VERDICT ..." of the matrix.
kernels() {
	sweep-matrix json "$@" >"$tmp/json" || true
	jq -r '[.kernels, .cells[0]] | transpose |
		map("\(.[0].label)=\(.[1].verdict)") | join(" ")' "$tmp/json"
}

notes() {
	jq -r '.notes[]' "$tmp/json"
}

sweep_kernel "$tmp/a/new" 6.16.12 complete <<<"x@y STABLE STABLE"
sweep_kernel "$tmp/a/old" 6.2.0 complete <<<"x@y HIDDEN HIDDEN"
sweep_kernel "$tmp/a/candidate" 6.16-rc2 complete <<<"x@y STABLE STABLE"
sweep_kernel "$tmp/b/new" 6.16.12 complete '.time = "2026-11-28T15:00:00Z"' \
	<<<"x@y UNSTABLE UNSTABLE"
is "$(kernels "$tmp/a")" '6.2.0=HIDDEN 6.16-rc2=STABLE 6.16.12=STABLE' \
	"the order is that of versions"
is "$(kernels "$tmp/b")" '6.16.12=UNSTABLE' "a later run has another verdict"
for order in "$tmp/a $tmp/b" "$tmp/b $tmp/a/"; do
	# shellcheck disable=SC2086 # two words
	is "$(kernels $order)" \
		'6.2.0=HIDDEN 6.16-rc2=STABLE 6.16.12=UNSTABLE' \
		"the later run is taken, in whichever order"
	like "$(notes)" "new was in several sweeps: taken is $tmp/b/new .*, left out is $tmp/a/new" \
		"and that is said"
done
is "$(kernels "$tmp/a" "$tmp/a" "$tmp/a/old")" \
	'6.2.0=HIDDEN 6.16-rc2=STABLE 6.16.12=STABLE' \
	"the same directory again is nothing new"
is "$(notes)" '' "and no news"
is "$(kernels "$tmp/a/old" "$tmp/b/new/result.json")" \
	'6.2.0=HIDDEN 6.16.12=UNSTABLE' "a directory, and a file"
is "$(cd "$tmp/b/new" && kernels result.json)" '6.16.12=UNSTABLE' \
	"a file without a directory"

# One name, two kernels.
sweep_kernel "$tmp/c/new" 6.17.1 complete <<<"x@y LOST LOST"
is "$(kernels "$tmp/b" "$tmp/c")" '6.16.12=UNSTABLE 6.17.1=LOST' \
	"another release is another kernel"
is "$(jq -r '[.kernels[].name] | join(", ")' "$tmp/json")" \
	'new (6.16.12-amd64), new (6.17.1-amd64)' "named apart"
like "$(notes)" '2 kernels are called new' "which is said"
sweep_kernel "$tmp/d/one" 6.17.1 complete '.kernel.name = "bzImage"' \
	<<<"x@y LOST LOST"
sweep_kernel "$tmp/d/two" 6.17.1 complete '.kernel.name = "bzImage"' \
	<<<"x@y HIDDEN HIDDEN"
is "$(kernels "$tmp/d" | tr -s ' ' '\n' | grep -c =)" 2 \
	"two of one sweep are two, though nothing tells them apart"
is "$(jq -r '[.kernels[].name] | unique | length' "$tmp/json")" 2 \
	"but the names of their directories"

# One that does not say when it ran is put into no other's place.
mkdir -p "$tmp/e/new" "$tmp/f/new"
head -c 300 "$tmp/b/new/result.json" >"$tmp/e/new/result.json"
echo 'Linux version 6.16.12' >"$tmp/f/new/console.log"
for dir in "$tmp/e" "$tmp/f"; do
	exits 3 "what was cut off, or never written, is told (${dir##*/})" \
		sweep-matrix json "$tmp/b" "$dir"
	is "$(sweep-matrix json "$dir" "$tmp/b" |
		jq -r '[.kernels[] | "\(.name) \(.stands)"] | sort | join(", ")')" \
		"new ($dir/new) false, new (6.16.12-amd64) true" \
		"beside the one that stands, by its place"
done
like "$(sweep-matrix json "$tmp/e" "$tmp/b" | jq -r '.notes[]')" \
	'2 kernels are called new: they are named apart' "and that is said"

# What is none.
mkdir "$tmp/empty"
exits 10 "an empty directory is a mistake" sweep-matrix json "$tmp/empty"
exits 10 "and so is what is not there" sweep-matrix json "$tmp/absent"
exits 10 "or another file" sweep-matrix json "$tmp/json"
like "$(sweep-matrix json "$tmp/empty" 2>&1 || true)" \
	"$tmp/empty has no result.json" "which is said"
