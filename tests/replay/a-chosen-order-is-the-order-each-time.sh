#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: three held O_DIRECT writes of three clients go on in the order that
#           the schedule releases them in, each of the six orders, every time.
# Refuted by: a write that ended earlier or later than chosen (CLOCK_MONOTONIC
#             around its system call), or whose bytes were in SOURCE before its
#             turn or not after it.
# Proof of coverage: all three were held at once and their threads slept before
#                    the first was released; SOURCE had none of their bytes; an
#                    order that was not the chosen one fails.
#
# The three write to three files: the kernel lets only one O_DIRECT write into a
# file (fs/fuse/file.c: fuse_dio_lock(), 6.18), the others would not arrive.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 10
mount_pinfs

# source_has GEN1 GEN2 GEN3 - lines: what a look past the mount finds in the
# three files.
source_has() {
	local i=1 gen
	for gen; do
		echo "source: check fd=$i len=4k gen=$gen file=$i => ret=0"
		i=$((i + 1))
	done
}

# schedule SAID ORDER - releases the three in the order of three digits; its last
# line says that they ended in the order of the digits of SAID.
schedule() {
	local said=$1 chosen=$2 gens=(1 1 1) i
	for i in 1 2 3; do
		echo "c$i: create fd=f path=$i size=4k gen=1"
		echo "c$i: fdatasync fd=f"
		echo "c$i: open fd=d path=$i direct"
		echo "source: open fd=$i path=$src/$i mode=r"
		echo "hold op=write path=/$i name=gate$i deadline=20s"
	done
	for i in 1 2 3; do
		echo "c$i: write fd=d off=0 len=4k gen=2 & as w$i => ret=4k"
		echo "wait name=gate$i => held=1"
	done
	echo "list => gates=3 held=3"
	echo "blocked w1 w2 w3"
	for i in ${chosen:0:1} ${chosen:1:1} ${chosen:2:1}; do
		source_has "${gens[@]}"
		echo "release name=gate$i => released=1"
		echo "join w$i"
		gens[i - 1]=2
	done
	source_has 2 2 2
	echo "list => held=0"
	echo "order w${said:0:1} w${said:1:1} w${said:2:1}"
}

each=$(full 170 9)
for chosen in 123 132 213 231 312 321; do
	schedule "$chosen" "$chosen" >"$tmp/schedule"
	status=0
	text=$(pinctl replay --repeat="$each" --timeout=20s "$mnt" \
		"$tmp/schedule" 2>&1) || status=$?
	diag "$text"
	is "$status" 0 "$chosen: $each rounds, each in that order"
done
like "$text" "$each of $each rounds as expected" "the last line says so"
is "$(gate list | jq -c '[.gates, .held]')" '[[],[]]' "no gate is left"

schedule 321 231 >"$tmp/schedule"
status=0
text=$(pinctl replay "$mnt" "$tmp/schedule" 2>&1) || status=$?
is "$status" 1 "an order that was not chosen is not found"
like "$text" "'w3' ended at [0-9]+ ns, 'w2' not later" "and it says which"
