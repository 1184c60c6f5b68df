#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "make dist" packs every file that git tracks, and nothing else but
#           what autoreconf makes.
# Refuted by: a tracked file that is not in the distribution directory.
# Proof of coverage: the directory has a configure script.
. "$srcdir/tests/lib/tree.sh"
in_git || skip_all "this is not a git checkout"
plan 3

# "distdir" is the step of "make dist" before the packing.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
	make -s -C "$top_builddir" distdir distdir="$tmp/dist" >&2
ok "the distribution was made" test -x "$tmp/dist/configure"

tracked=$(tracked_files)
packed=$(cd "$tmp/dist" && find . -type f | sed 's,^\./,,' | sort)
report_findings "no tracked file is missing" \
	"$(comm -23 <(echo "$tracked") <(echo "$packed"))"
report_findings "nothing else is packed" \
	"$(comm -13 <(echo "$tracked") <(echo "$packed") | grep -Evx \
		'build-aux/.*|aclocal.m4|configure|config.h.in|Makefile.in' ||
		true)"
