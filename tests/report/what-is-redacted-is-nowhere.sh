#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: with --redact no byte of a file that does not differ is in any form of
#           the report or in a bundle, not in base64 or hexadecimal either; the
#           bytes that differ are. With --redact=all no name is: no path, no
#           command line, no mark.
# Refuted by: the marker, or a name.
# Proof of coverage: without --redact the same search finds the marker in the
#                    bundle and the planted bytes in all of them; the names are
#                    found without "all".
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/report.sh"
require_fuse
require_prog jq tar zstd
require_bundles
plan 18
make_findings
gate mark text=a-private-mark >&2
state=$src/.pinfs
umount_pinfs
# As if an event named a process, and a later version kept content elsewhere.
for file in "$state"/evidence/*.json; do
	jq --arg m "$marker" '. + { more: $m, suspects: [{ pid: 1, tid: 1,
		comm: "a-private-comm", cmdline: "a-private-command", kind: "pin",
		call: "read", by: "trace", content: $m,
		stack: ["a-private-stack"] }] }' "$file" >"$tmp/file"
	cat "$tmp/file" >"$file"
done

# contents BUNDLE - all that is in it, and the same again with its base64 decoded.
contents() {
	rm -rf "$tmp/unpacked"
	mkdir "$tmp/unpacked"
	zstd -dcq "$1" | tar -x -C "$tmp/unpacked"
	find "$tmp/unpacked" -type f -printf '%P\n' -exec cat {} +
	find "$tmp/unpacked" -name '*.json*' -exec cat {} + |
		jq -r '.. | strings | select(test("^[A-Za-z0-9+/]{4,}={0,2}$"))' |
		while read -r text; do
			base64 -d <<<"$text" 2>/dev/null || true
		done
}
# found TEXT FILE - is it there, as it is, in hexadecimal with or without spaces,
# or in base64, wherever it begins in that?
found() {
	local hex shift code forms=()
	hex=$(printf %s "$1" | od -An -v -tx1 | tr -d '\n')
	forms=(-e "$1" -e "${hex# }" -e "${hex// /}")
	for shift in '' x xx; do
		code=$(printf %s "$shift$1" | base64 -w 0)
		# What stands for its neighbours as well does not count.
		code=${code:${#shift}+(${#shift} > 0):-4}
		forms+=(-e "${code%????}")
	done
	LC_ALL=C grep -aqF "${forms[@]}" "$2" ||
		tr -d '\n' <"$2" | LC_ALL=C grep -aqF -e "${hex// /}"
}
# make NAME OPTION... - a bundle and what is in it, in $tmp/NAME
make() {
	local name=$1
	shift
	pinctl report "$@" --bundle="$tmp/$name.tar.zst" "$state" >&2
	contents "$tmp/$name.tar.zst" >"$tmp/$name"
}
make plain
ok "without it the marker is in the bundle" found "$marker" "$tmp/plain"
ok "and the bytes that differ" found "$planted" "$tmp/plain"
make content --redact
not_ok "with it the marker is not" found "$marker" "$tmp/content"
ok "the bytes that differ are" found "$planted" "$tmp/content"
ok "names are, too" found a-private-command "$tmp/content"
make all --redact=all
not_ok "with all neither is the marker" found "$marker" "$tmp/all"
ok "and the bytes that differ are" found "$planted" "$tmp/all"
for name in a-private-mark a-private-comm a-private-command a-private-stack \
	"$src" "$mnt" '"/t"' '/t'$'\n'; do
	not_ok "nor is ${name//[$'\n']/}" \
		eval "LC_ALL=C grep -aqF -e \"\${name%\$'\\n'}\" '$tmp/all'"
done
for form in text mail html junit ktap report-vars; do
	pinctl report --redact "--$form" "$state"
	pinctl report "--$form" "$tmp/content.tar.zst"
done >"$tmp/forms"
pinctl report --html "$state" >"$tmp/page"
ok "without it a page has the marker" found "$marker" "$tmp/page"
not_ok "no form has the marker" found "$marker" "$tmp/forms"
is "$(pinctl report --redact "$state" |
	diff - <(pinctl report "$tmp/content.tar.zst") >&2 && echo same)" same \
	"the bundle tells what the state does"
