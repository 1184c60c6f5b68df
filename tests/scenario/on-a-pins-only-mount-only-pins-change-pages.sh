#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: on a pins-only mount write(2), splice(2) and sendfile(2) into a page
#           under writeback wait, each time, and an O_DIRECT read into its
#           mapping changes it; both are known, for a capability of the mount.
#           The event's cause is a pin, and it says why; but what the daemon
#           itself stores has its own cause. On a plain mount of the
#           same kernel the verdicts are those of its own capabilities.
# Refuted by: another verdict in one of the runs, a deviation, another cause.
# Proof of coverage: every scenario ran so often; the mount given by --mnt is a
#                    fuseblk; the verdicts of pwrite differ between the two
#                    mounts where write(2) does not wait anyway.
. "$srcdir/tests/lib/pinfs.sh"
require_stable_writes
require_fuse
require_user nobody
require_prog jq findmnt
runs=$(full 50 10)
plan 14
export TMPDIR=$tmp

# verdicts FILE PATTERN - of the scenarios that match and can run here, with
# their counts.
verdicts() {
	jq -r --arg pattern "$2" 'select(.scenario and .outcome != "skipped") |
		select(.scenario | test($pattern)) | .verdicts |
		to_entries[] | "\(.key) \(.value)"' "$1" | sort -u
}

# run_all NAME WORDS... - all scenarios, $runs times; into $tmp/NAME.
run_all() {
	local file=$tmp/$1
	shift
	ok "pinctl run $*: all as known" eval \
		"timeout 200 pinctl run --json --repeat=$runs $* >'$file'"
	is "$(jq -r 'select(.scenario) | .scenario' "$file" | sort)" \
		"$(pinctl list @default | awk '$1 ~ /@/ { print $1 }' | sort)" \
		"every scenario ran"
	is "$(verdicts "$file" '^(pwrite|(splice|sendfile|copy-range)-in|store|copy-to-user)@writeback(?!:)')" \
		"BLOCKED $runs" "who writes into the page waits"
	# AF_ALG and the daemon lose bytes on any mount; what passes a page on has
	# nothing to do with writeback.
	is "$(verdicts "$file" '^(?!af-alg|notify-store|.*-(late|held)@).*@after-writeback')" \
		"STABLE $runs" "and not after writeback"
}

run_all temporary --pins-only
mount_pinfs -o pins-only
is "$(findmnt -n -o FSTYPE "$mnt")" fuseblk.pinfs "a mount to be given"
run_all given --mnt="$mnt"
live=$(control status | jq -r .live)
if [ "$live" = proven ]; then
	is "$(verdicts "$tmp/given" '^dio-read@writeback$')" "UNSTABLE $runs" \
		"a pin changes the page"
	# Not those about what else has got of a page, or of other filesystems.
	pinned=$(jq -s '[.[] | select(.scenario) |
		select(.scenario | test("-(late|held)@|:stage:") | not) |
		.verdicts.UNSTABLE // 0] | add' "$tmp/given")
	# The daemon's own are lost, by which they count as that only.
	notified=$(jq -s '[.[] | select(.scenario) | select(.scenario |
		test("^notify-store@(writeback|during-then-again)$")) |
		.verdicts.LOST // 0] | add' "$tmp/given")
	is "$(jq -c 'select(.event == "unstable") |
		[.origin, .cause, (.ground | test("stable writes"))]' \
		"$events" | sort | uniq -c | tr -s ' ')" \
		" $notified [\"writeback\",\"notify\",false]
 $pinned [\"writeback\",\"pin\",true]" \
		"its events say so, those of the other reads, and of the daemon"
else
	is "$(verdicts "$tmp/given" '^dio-read@writeback$')" "HIDDEN $runs" \
		"a pin cannot be seen to change the page"
	skip 1 "no events of copies"
fi
umount_pinfs

pinctl doctor >"$tmp/doctor" || true
has() {
	awk -v name="$1" '$1 == name { print $2 }' "$tmp/doctor"
}
timeout 100 pinctl run --json pwrite@writeback >"$tmp/plain"
is "$(has stable-writes)" no "a plain mount has no stable writes"
if [ "$(has write-waits)" = yes ]; then
	skip 1 "write(2) waits here anyway"
else
	not_ok "the verdict of pwrite is another there" \
		grep -q BLOCKED <(verdicts "$tmp/plain" pwrite)
fi

chmod 755 "$tmp"
mkdir -m 777 "$tmp/free"
cp "$(command -v pinctl)" "$tmp/free"
cp "$PINFS_KNOWN" "$tmp/free/known.tsv"
status=0
said=$(setpriv --reuid=nobody --regid=65534 --clear-groups env \
	TMPDIR="$tmp/free" PINFS_KNOWN="$tmp/free/known.tsv" \
	"$tmp/free/pinctl" run --pins-only 2>&1) || status=$?
like "$status $said" '^4 .*a pins-only mount needs root' \
	"another user's run is skipped, for want of root"
