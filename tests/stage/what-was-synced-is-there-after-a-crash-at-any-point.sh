#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl stage crash-points finds that "write, fsync, rename to a new
#           name, fsync of the directory" keeps its promises at every point of
#           it on ext4, xfs and btrfs; and, when the file's fsync is forgotten, a
#           point on each at which the new name is there without the bytes.
# Refuted by: a point that does not hold of the first, or none of the second.
# Proof of coverage: the marks that promise something are before points of which
#                    images were made; what is broken is found by the promise
#                    and by the name alone, and a check that always fails is
#                    seen to fail at every image.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/exec.sh"
. "$srcdir/tests/lib/stage.sh"
require_stage ext4 xfs btrfs
require_prog jq e2fsck xfs_repair btrfs
plan 24

# Behind the promise another file is written, so that points come behind it.
work() {
	echo "dd if=/dev/urandom of=tmp bs=8k count=1 $1 status=none && mv tmp new &&
		sync . && pinctl stage mark durable=new &&
		dd if=/dev/urandom of=other bs=4k count=1 conv=fsync status=none"
}

# crash_points OPTION... -- COMMAND - $status, and $points with the lines.
crash_points() {
	local kind=$1
	shift
	status=0
	timeout -k 60 100 pinctl stage crash-points --json "${@:1:$#-1}" "$kind" \
		-- sh -c "${!#}" >"$tmp/points" 2>"$tmp/err" || status=$?
	diag "$kind: status $status: $(tail -n 1 "$tmp/points") $(head -c 500 "$tmp/err")"
}

# found FILTER - how many lines of $tmp/points satisfy it.
found() {
	jq -c "select($1)" "$tmp/points" | wc -l
}

export TMPDIR=$tmp/work
kinds=$(full ordered,flushed,without,subset,torn ordered,flushed,subset)
for kind in ext4 xfs btrfs; do
	crash_points "$kind" --kinds="$kinds" --seeds="$(full 5 1)" \
		--whole=new "$(work conv=fsync)"
	is "$status $(found .wrong)" "0 1" "$kind, with fsync: all points hold"
	is "$(jq -c 'select(.stage) | .wrong == 0 and .images > 4' "$tmp/points")" \
		true "$kind, with fsync: several images were looked at"
	crash_points "$kind" --kinds=ordered,flushed --whole=new "$(work '')"
	is "$status" 1 "$kind, without: a point is found"
	ok "$kind, without: behind the promise the bytes are not there" \
		test "$(found '.mark == "durable=new" and
			(.wrong | tostring | test("^durable=new: it has 0 bytes, not 8192"))')" \
		-gt 0
	ok "$kind, without: nor at the points before, where the name is there" \
		test "$(found '.mark == "" and
			(.wrong | tostring | test("^whole=new: it has 0 bytes"))')" \
		-gt 0
	is "$(found '.wrong | tostring | test("mounted|ended with")')" 0 \
		"$kind, without: the filesystem itself is sound at each"
done

# What else can be wrong, with what a check is told. ext4 is the quickest.
# shellcheck disable=SC2016
crash_points ext4 --kinds=ordered --keep="$tmp" \
	--check='echo "$PINFS_POINT $PINFS_MARK" >>'"$tmp/told"'; false' \
	'echo a >a && sync a . && pinctl stage mark "the first" &&
	pinctl stage mark durable=a && rm a && sync . &&
	pinctl stage mark gone=a && echo b >a && sync a .'
is "$status $(found '.wrong | tostring | test("^--check: ended with 1")')" \
	"1 $(jq 'select(.images) | .images' "$tmp/points")" \
	"a check that fails is a finding at each image"
is "$(cut -d ' ' -f 2- "$tmp/told" | uniq | tr '\n' ,)" \
	",the first,durable=a,gone=a," "it is told the mark before the point"
ok "a file that is removed is missed behind its promise" test \
	"$(found '.wrong == "durable=a: it is not there, and was a file"')" -gt 0
ok "one that comes back is found behind its end" test \
	"$(found '.wrong == "gone=a: it is a file, and was not there"')" -gt 0
is "$(find "$tmp" -name 'point-*-ordered-0.img' | wc -l)" \
	"$(found '.point' | head -n 1 >/dev/null; jq -s 'map(.point | numbers) |
	unique | length' "$tmp/points")" "the image of each such point is kept"

is "$(find "$tmp/work" -mindepth 1)" '' "nothing is left"
