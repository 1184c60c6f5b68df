#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: what looks like a bundle and has anything in it that bundles have not
#           is refused with status 3 and a line that says why, and leaves no file
#           behind, inside or outside of where it is read: paths that lead
#           elsewhere, links, devices, names that come twice, files that are too
#           large by what their header says or by what they unpack to, no log, a
#           cut one.
# Refuted by: another status; a file.
# Proof of coverage: the same archive without the fault is a bundle.
. "$srcdir/tests/lib/tap.sh"
. "$srcdir/tests/lib/require.sh"
. "$srcdir/tests/lib/report.sh"
require_prog tar zstd truncate
require_bundles
plan 32
mkdir "$tmp/good" "$tmp/good/evidence" "$tmp/work"
export TMPDIR=$tmp/work
cd "$tmp/good"
printf 'pinfs-bundle: 1\n' >MANIFEST
printf '{"seq":1,"t_ns":1,"time":"","event":"mark","text":"x"}\n' >events.jsonl
echo '{}' >evidence/lost-1-2-3.json

# pack TAR-OPTION... FILE... - makes $tmp/b.tar.zst; other files come from $tmp/bad.
pack() {
	tar -c "$@" | zstd -q -f -o "$tmp/b.tar.zst"
}
# refused DESCRIPTION WHY - is $tmp/b.tar.zst?
refused() {
	local status=0
	pinctl report "$tmp/b.tar.zst" >"$tmp/out" 2>"$tmp/err" || status=$?
	diag "$(<"$tmp/err")"
	is "$status$(wc -c <"$tmp/out")" 30 "$1: refused"
	ok "$1: and said why" grep -qE "$2" "$tmp/err"
}

pack MANIFEST events.jsonl evidence/lost-1-2-3.json
ok "a bundle without a fault" pinctl report "$tmp/b.tar.zst"
mkdir "$tmp/bad"
cd "$tmp/bad"
cp -r ../good/* .
pack -P --transform 's,^evidence/.*,../outside,' MANIFEST events.jsonl \
	evidence/lost-1-2-3.json
refused "a path upwards" 'is not of a bundle'
pack -P --transform "s,^evidence/.*,$tmp/outside," MANIFEST events.jsonl \
	evidence/lost-1-2-3.json
refused "an absolute path" 'is not of a bundle'
pack --transform 's,^evidence/.*,evidence/../lost-1-2-3.json,' events.jsonl \
	evidence/lost-1-2-3.json
refused "a path that goes up and down" 'is not of a bundle'
ln -sf /etc/hostname evidence/lost-1-2-4.json
pack events.jsonl evidence/lost-1-2-4.json
refused "a symbolic link" 'is no regular file'
ln evidence/lost-1-2-3.json evidence/lost-1-2-5.json
pack events.jsonl evidence/lost-1-2-3.json evidence/lost-1-2-5.json
refused "a hard link" 'is no regular file'
mkfifo evidence/lost-1-2-6.json
pack events.jsonl evidence/lost-1-2-6.json
refused "a FIFO" 'is no regular file'
pack evidence events.jsonl
refused "a directory" 'is no regular file'
pack events.jsonl events.jsonl --hard-dereference
refused "a name that comes twice" 'is there twice'
echo >other
pack events.jsonl other
refused "another file" 'is not of a bundle'
truncate -s 10G evidence/lost-1-2-7.json
pack -S events.jsonl evidence/lost-1-2-7.json
refused "a sparse file of 10 GiB" 'is too large|is no bundle'
truncate -s 2M report.txt
pack events.jsonl report.txt
refused "a file larger than such files are" 'is too large'
pack MANIFEST
refused "no log" 'has no events.jsonl'
pack MANIFEST events.jsonl evidence/lost-1-2-3.json
head -c 60 "$tmp/b.tar.zst" >"$tmp/cut"
mv "$tmp/cut" "$tmp/b.tar.zst"
refused "one that is cut" '.'
printf '\x28\xb5\x2f\xfdnothing' >"$tmp/b.tar.zst"
refused "no archive at all" '.'
# What the header promises does not come.
head -c 5M /dev/zero >events.jsonl
tar -cf "$tmp/whole" events.jsonl
head -c 1M "$tmp/whole" | zstd -q -f -o "$tmp/b.tar.zst"
refused "a log that ends before its length" '.'
is "$(ls "$tmp/work"; ls -d "$tmp/outside" "$tmp/lost-1-2-3.json" 2>/dev/null)" '' \
	"nothing is left, here or elsewhere"
