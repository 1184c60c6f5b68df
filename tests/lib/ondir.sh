# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the tests of "pinctl run --on": filesystems of the test's own, and their
# column in the table of pinctl(1), OTHER FILESYSTEMS.

# shellcheck source=tests/lib/pinfs.sh
. "$srcdir/tests/lib/pinfs.sh"
# shellcheck source=tests/lib/manual.sh
. "$srcdir/tests/lib/manual.sh"

# require_block_filesystem KIND - it can be made and mounted on a loop device.
require_block_filesystem() {
	require_root
	require_loop
	require_prog "mkfs.$1"
	require_filesystem "$1"
}

# unmount DIR - as soon as possible, and in any case.
unmount() {
	is_mounted "$1" || return 0
	umount "$1" 2>/dev/null || umount -l "$1"
}

# mount_image NAME [OPTIONS] - $tmp/NAME.img on $tmp/NAME. Its loop device goes
# with the mount.
mount_image() {
	mkdir -p "$tmp/$1"
	undo_with unmount "$tmp/$1"
	mount -o "loop${2:+,$2}" "$tmp/$1.img" "$tmp/$1"
}

# make_image KIND NAME - a new filesystem in $tmp/NAME.img: as large as mkfs.xfs
# wants it, and sparse.
make_image() {
	truncate -s 320M "$tmp/$2.img"
	"mkfs.$1" -q "$tmp/$2.img" >&2
}

# sectors_written DIR - by the loop device that is mounted there, so far.
sectors_written() {
	local device
	device=$(findmnt -rno SOURCE "$1")
	awk -v name="${device#/dev/}" '$3 == name { print $10 }' /proc/diskstats
}

# run_table NAME DIR OPTION... - "pinctl run --on" of all there is, its results
# in $tmp/NAME.json. Its status is the status.
run_table() {
	local name=$1 dir=$2
	shift 2
	local status=0
	timeout 300 pinctl run --json --on="$dir" "$@" >"$tmp/$name.json" ||
		status=$?
	results "$name" 'select(.outcome != "as_known") | select(.outcome !=
		"skipped") | "# " + .scenario + ": " + (.verdicts | tostring) +
		" " + .note' >&2
	return "$status"
}

# results NAME FILTER - of each scenario, by jq.
results() {
	jq -r "select(.scenario) | $2" "$tmp/$1.json"
}

# rows_run NAME - "MOMENT VERDICT", each once. What the writers have in common:
# that one of them cannot run here says nothing about the filesystem, and af-alg
# has a line of its own in the page. Two lines of a moment are a difference.
rows_run() {
	results "$1" 'select(.scenario | test("^af-alg@|@migrate:") | not) |
		(.scenario | sub("^[^@]*@"; "") | sub(":.*"; "")) + " " +
		(.verdicts | keys[])' | sort -u | awk '
		{ verdicts[$1] = verdicts[$1] " " $2 }
		END {
			for (moment in verdicts) {
				n = split(verdicts[moment], list, " ")
				for (i = 1; i <= n; i++)
					if (n == 1 || list[i] != "SKIP")
						print moment, list[i]
			}
		}' | sort
}

# rows_manual COLUMN - the same as the page has it.
rows_manual() {
	manual_section "$man/pinctl.1" "OTHER FILESYSTEMS" |
		sed 's/\\-/-/g' | awk -v name="$1" '
		$1 == "MOMENT" {
			for (i = 2; i <= NF; i++)
				if ($i == name)
					column = i
			next
		}
		/^\./ { column = 0 }
		column { print $1, $column }' | sort
}

bad=$(pinctl list verdicts | awk '/^[^ ]/ && /--strict fails/ { print $1 }' |
	paste -sd'|')
runs=$(full 20 3)

# check_table COLUMN DIR - seven checks: the table of DIR is the page's, the same
# in all repeats, leaves nothing, and each verdict can be another one.
# shellcheck disable=SC2154
check_table() {
	local column=$1 dir=$2
	ok "$column: all is as known" run_table table "$dir" --repeat="$runs"
	is "$(results table .scenario | sort)" \
		"$(pinctl list '*:dir' | awk 'NR > 1 { print $1 }' | sort)" \
		"$column: every scenario ran"
	is "$(results table 'select(.verdicts.SKIP == null) |
		select(.runs != '"$runs"' or (.verdicts | length) != 1) |
		.scenario')" '' "$column: $runs repeats have one verdict"
	is "$(rows_run table)" "$(rows_manual "$column")" \
		"$column: the verdicts are those of pinctl(1)"
	is "$(results table 'select(.verdicts.SKIP) | select(.scenario |
		test("^(store|copy-to-user|pwrite|dio-read|dio-readv2|vm-writev)@") and
		(test("@(migrate|dontneed|drop-caches|pageout):") | not)) |
		.scenario')" '' "$column: what needs only a file is not skipped"
	run_table elsewhere "$dir" --mutate=elsewhere || true
	run_table plant "$dir" --mutate=plant || true
	is "$({
		results elsewhere 'select(.verdicts | keys[] |
			test("'"$bad"'|ERROR")) | "elsewhere: " + .scenario'
		results plant 'select(.verdicts | keys[] |
			test("'"$bad"'|SKIP") | not) | "plant: " + .scenario'
	})" '' "$column: bytes elsewhere do no harm, planted ones are seen"
	is "$(find "$dir" -name 'pinctl-*')" '' "$column: nothing stays there"
}
