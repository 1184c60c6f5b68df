#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the mirrors that this machine's apt knows give a list of kernels.
# Refuted by: no kernel, an offer without version or size, one that its own
#             specification does not mean.
# Proof of coverage: only their archives of security updates are asked, because
#                    those are small. Skipped where none answers.
. "$srcdir/tests/lib/vmkernel.sh"
require_prog apt-get dpkg
[ "$(dpkg --print-architecture)" = amd64 ] || skip_all "needs Debian for amd64"
plan 2

export PINFS_VM_SOURCES=$tmp/etc
mkdir -p "$tmp/etc/sources.list.d"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
	[ ! -f "$file" ] || grep -E -- '-security|/updates' "$file" || true
done >"$tmp/etc/sources.list"
for file in /etc/apt/sources.list.d/*.sources; do
	[ ! -f "$file" ] || awk -v RS= -v ORS='\n\n' '/-security/' "$file"
done >"$tmp/etc/sources.list.d/security.sources"
grep -q . "$tmp/etc/sources.list" "$tmp/etc/sources.list.d/security.sources" ||
	skip_all "apt knows no archive of security updates here"

timeout 200 vm-kernel available >"$tmp/offers" 2>"$tmp/messages" || true
[ -s "$tmp/offers" ] ||
	skip_all "no mirror answers: $(tail -n 1 "$tmp/messages")"
cat "$tmp/offers" >&2
is "$(awk '$1 !~ /^debian:/ || $3 !~ /^[0-9]/ || $5 < 1000000' "$tmp/offers")" \
	'' "each offer has a name, a version and a size"
is "$(cut -d ' ' -f 1 "$tmp/offers" | sort | uniq -d)" '' \
	"no two have the same name"
