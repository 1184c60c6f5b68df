#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the page that "pinctl report --html" makes of a mount shows the very
#           bytes that were written and those that were found, and is for nobody
#           else; the page with --redact has those that differ, and no others.
# Refuted by: bytes in the browser whose checksums are not those of the event; a
#             page of another mode; a byte of the block that did not change.
# Proof of coverage: the mount has an unstable block with evidence, the checksums
#                    of before and after are not the same.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/browser.sh"
require_root
require_fuse
require_prog jq
require_browser
plan 10

# details FILE - the data of a page's first finding.
details() {
	sed -n '/id="details"/,/<\/script>/p' "$1" | sed -n '1s/.*id="details">//p' |
		cut -f 2
}

# image_bytes SIDE - how many bytes of an image a finding's data has.
image_bytes() {
	jq "[.images.$1.bytes[] | .[2] //
		(.[1] | length / 4 * 3 - (length - (rtrimstr(\"=\") |
		rtrimstr(\"=\") | length)))] | add"
}

mount_pinfs
ok "a page is changed under writeback" \
	pinctl run --mnt="$mnt" dio-read@writeback
ok "the page of the mount is written" \
	pinctl report --html="$tmp/page.html" "$mnt"
is "$(event_count '.event == "unstable" and .evidence')" 1 \
	"it has one finding, with evidence"
is "$(stat -c %a "$tmp/page.html")" 600 "nobody else can read it"

cat >"$tmp/bytes.js" <<'END'
location.hash = "finding-1";
setTimeout(() => {
	const line = side => btoa(String.fromCharCode(...bytesView.data[side].bytes));
	document.body.innerHTML =
		`<pre>of the page:\nbefore ${line("before")}\nafter ${line("after")}\n</pre>`;
}, 1000);
END
with_script "$tmp/page.html" "$tmp/bytes.js" "$tmp/bytes.html"
browse "$tmp/bytes.html" --virtual-time-budget=5000 >"$tmp/seen"
for side in before after; do
	sed -n "s/^$side //p" "$tmp/seen" | base64 -d >"$tmp/$side"
done
event=$(event_lines '.event == "unstable"')
is "$(block-digests "$tmp/before")" "0 $(jq -r .arrival <<<"$event")" \
	"the bytes before are those that arrived"
is "$(block-digests "$tmp/after")" "0 $(jq -r .recheck <<<"$event")" \
	"the bytes after are those of the recheck"
ok "which are others" test "$(jq .arrival <<<"$event")" != \
	"$(jq .recheck <<<"$event")"
umount_pinfs

# Of the second finding 24 bytes differ.
findings-log "$tmp" 2 2
pinctl report --html --path=/t --last=1 "$tmp/events.jsonl" >"$tmp/all.html"
pinctl report --html --path=/t --last=1 --redact "$tmp/events.jsonl" \
	>"$tmp/redacted.html"
is "$(details "$tmp/all.html" | image_bytes before)" 4096 \
	"the page of a log has the whole block"
is "$(details "$tmp/redacted.html" | image_bytes before) $(
	details "$tmp/redacted.html" | image_bytes after)" '24 24' \
	"the redacted one has the bytes that differ"
is "$(details "$tmp/redacted.html" | jq -c '[.images.before.bytes[] | .[0]]')" \
	'[256,3840]' "from where they are"
