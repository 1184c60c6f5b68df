#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a bundle of a mount gives the very report that the mount gave, text and
#           mail, when nothing of the mount is left; a bundle of a bundle too. It is
#           for its owner only, is an archive that tar(1) reads, and never replaces
#           a file.
# Refuted by: another report; another mode; a file that is gone.
# Proof of coverage: the report has the bytes of the evidence, and SOURCE is gone.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/report.sh"
require_fuse
require_prog jq tar zstd
require_bundles
plan 13
umask 0
make_findings
pinctl report "$mnt" >"$tmp/text"
pinctl report --mail "$mnt" >"$tmp/mail"
ok "the report has the bytes" grep -q 'PLANTED-BY-T$' "$tmp/text"
ok "a bundle" pinctl report --bundle="$tmp/b.tar.zst" "$mnt"
is "$(stat -c %a "$tmp/b.tar.zst")" 600 "for its owner only"
exits 3 "it is not replaced" pinctl report --bundle="$tmp/b.tar.zst" "$mnt"
ok "and still there" test -s "$tmp/b.tar.zst"
umount_pinfs
rm -r "$src"

# told FORM BUNDLE - is the report the same?
told() {
	pinctl report --"$1" "$2" | diff "$tmp/$1" - >&2
}
ok "the same text" told text "$tmp/b.tar.zst"
ok "the same mail" told mail "$tmp/b.tar.zst"
ok "a bundle of the bundle" \
	pinctl report --bundle="$tmp/c.tar.zst" "$tmp/b.tar.zst"
ok "tells the same" told text "$tmp/c.tar.zst"

mkdir "$tmp/unpacked"
ok "tar(1) reads it" \
	eval "zstd -dcq '$tmp/b.tar.zst' | tar -x -C '$tmp/unpacked'"
is "$(cd "$tmp/unpacked" && find . -type f ! -path './evidence/*' |
	sort | paste -sd ' ')" \
	'./MANIFEST ./events.jsonl ./mountinfo ./report.txt ./status.json' \
	"it has what the page says"
ok "the mail is in it" cmp "$tmp/mail" "$tmp/unpacked/report.txt"
is "$(find "$tmp/unpacked" -name '*.json' -path '*evidence*' | wc -l)" 2 \
	"and the evidence of both findings"
