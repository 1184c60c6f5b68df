# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# For the tests of "pinctl report": a mount that has found something. After
# pinfs.sh.

# In the block that changes, but not among the bytes that do.
marker=not-for-others-4711
# What the bytes that do change become.
planted=PLANTED-BY-THE-TEST

# require_bundles - a pinctl that was built with libarchive.
require_bundles() {
	: >"$tmp/nothing.jsonl"
	! pinctl report --bundle="$tmp/probe" "$tmp/nothing.jsonl" 2>&1 |
		grep -q 'without libarchive' ||
		skip_all "needs a pinctl with libarchive"
}

# make_findings [DAEMON OPTION...] - on a new mount: block 1 of /t holds $marker at
# byte 1000, and is changed by the "store" verb at byte 900 ($planted) while its
# WRITE is held: an "unstable" block, which an audit then finds "lost".
make_findings() {
	local byte off=4996
	mount_pinfs "$@"
	client_start
	step create fd=t path=t size=32k
	step write fd=t off=4k len=4k gen=5
	printf %s "$marker" | dd of="$mnt/t" bs=1 seek=5096 conv=notrunc \
		status=none
	step fsync fd=t
	step write fd=t off=4k len=100 gen=6
	gate hold op=write path=/t at=reply deadline=20s >&2
	step sync-range fd=t
	gate wait held=1 >&2
	for byte in $(printf %s "$planted" | od -An -v -tu1); do
		gate store "ino=$(stat -c %i "$src/t")" off=$((off++)) len=1 \
			"byte=$byte" >&2
	done
	gate clear >&2
	step fsync fd=t
	client_end
	pinctl audit "$mnt" >&2 || true
	events_settle
}

# wide FILE COLUMNS - its lines that are longer.
wide() {
	awk -v columns="$2" 'length > columns' "$1"
}
