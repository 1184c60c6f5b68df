#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: each command of pinfs-reproducing(7), run in the order of the page,
#           ends with the status that its text promises, and says what it is there
#           for; at the end there are a mail, a page and bundles of the finding.
# Refuted by: another status, other words, a mount left behind.
# Proof of coverage: the page has as many commands as are expected here, each with
#                    words of its own output; the bundle that is for the public
#                    lacks what the other one has.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/manual.sh"
require_root
require_fuse
require_fusectl
require_loop
require_prog jq zstd mkfs.ext4
mount_tracefs

# commands_of_page - a line each.
commands_of_page() {
	grep '^# ' "$man/pinfs-reproducing.7" | sed "s/^# //; s/\\\\(aq/'/g" |
		manual_text
}

rounds=$(full 20 3)
kinds=$(full '*' ext4)

# here - with directories of this test's own, without what this kernel lacks, and
# shorter unless there is time.
here() {
	sed "s|/srv|$tmp/srv|g; s|/mnt/pinfs|$tmp/point|g
		s|=20 |=$rounds |; s|stage:\*|stage:$kinds|" |
		if [ -w /sys/kernel/tracing/instances ]; then
			cat
		else
			sed 's/,trace=on//'
		fi
}

# Status, and what is in the output, of each command in the order of the page.
# The workload is one that changes a page.
expected='
0 live-writeback +yes
0
1 UNSTABLE.*exit 1: unstable
0 found: +1 unstable
1 exit 1: unstable
0
0
0 UNSTABLE
0 unstable +1
0 compared: 0 lost
0 "event":"unstable"
0
0 found: +2 unstable
0 Finding 2: unstable
0
1 exit 1: unstable
0 3 scenarios: 3 as known
0 as known
0 of [0-9]+ rounds as expected
0 expect event=settled.*1 of 1 rounds as expected
0 1 as known
1 UNSTABLE
0
0
0
0 left out:.*Finding 1: unstable
'
plan $(($(grep -c . <<<"$expected") + 10))

mount_pinfs
live=$(gate status | jq -r .live)
bundle=$(pinctl report "$src" --bundle="$tmp/bundle" 2>&1 || true)
umount_pinfs
[ "$live" = proven ] || skip_all "this kernel hands out copies: live is $live"
[[ $bundle != *libarchive* ]] || skip_all "$bundle"

mkdir "$tmp/srv" "$tmp/srv/data" "$tmp/point" "$tmp/runs"
printf '#!/bin/sh\nexec pinctl run --mnt=. dio-read@writeback\n' \
	>"$tmp/srv/workload"
chmod +x "$tmp/srv/workload"
cp "$man/unstable.schedule" "$tmp/"
export TMPDIR=$tmp/runs
cd "$tmp"

commands_of_page >"$tmp/commands"
grep . <<<"$expected" >"$tmp/expected"
is "$(wc -l <"$tmp/commands")" "$(wc -l <"$tmp/expected")" \
	"the page has the commands that are expected here"

# run COMMAND - in this shell, which has what it starts in the background.
run() {
	status=0
	eval "$1" >"$tmp/output" 2>&1 || status=$?
	cd "$tmp"
}

follower=
while read -r -u 8 command && read -r -u 9 wanted words; do
	run "$(here <<<"$command")"
	case $command in
	'pinfs '*)
		pid=$(pinctl status "$tmp/point" --json | jq .pid)
		adopt_pinfs @page "$tmp/srv/data" "$tmp/point" "$pid" ;;
	*'&')
		follower=$! ;;
	umount*)
		wait_for process_gone "$pid" ;;
	esac
	output=$(tr '\n' ' ' <"$tmp/output")
	if [ "$status" = "$wanted" ] && [[ $output =~ $words ]]; then
		pass "$command"
	else
		fail "$command"
		diag "status $status, wanted $wanted; output: ${output:0:2000}"
		diag "wanted words: $words"
	fi
done 8<"$tmp/commands" 9<"$tmp/expected"

ok "who followed the events ends with the mount" wait "$follower"
like "$(cat "$tmp/srv/findings")" '"event":"unstable"' "and has the finding"
like "$(head -n 1 "$tmp/srv/mail.txt")" '^Subject: pinfs: .*unstable' \
	"the mail has a subject"
is "$(awk 'length > 72' "$tmp/srv/mail.txt")" '' "and no long line"
ok "the page is there" grep -q '<html' "$tmp/srv/report.html"
pinctl report "$tmp/srv/report.tar.zst" >"$tmp/whole"
pinctl report "$tmp/srv/public.tar.zst" >"$tmp/public"
like "$(<"$tmp/whole")" 'Finding 1: unstable' "the bundle has the finding"
not_ok "which is not redacted" grep -q '^left out:' "$tmp/whole"
is "$(stat -c %a "$tmp/srv/public.tar.zst")" 600 "a bundle is its owner's"
is "$(awk -v top="$tmp/" 'index($5, top) == 1' /proc/self/mountinfo)" '' \
	"no mount is left"
