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
plan 5
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

# one_round FIRST ID1 ID2 ID3 ORDER - a schedule in which the gates have the
# three numbers and are released in the order of three digits. Its last line says
# that they ended in the order of the digits of FIRST.
one_round() {
	local said=$1 ids=("$2" "$3" "$4") chosen=$5 gens=(1 1 1) i
	for i in 1 2 3; do
		echo "c$i: create fd=f path=$i size=4k gen=1"
		echo "c$i: fdatasync fd=f"
		echo "c$i: open fd=d path=$i direct"
		echo "source: open fd=$i path=$src/$i mode=r"
		echo "hold op=write path=/$i deadline=20s => id=${ids[i - 1]}"
	done
	for i in 1 2 3; do
		echo "c$i: write fd=d off=0 len=4k gen=2 & as w$i => ret=4k"
		echo "wait id=${ids[i - 1]} => held=1"
	done
	echo "list => gates=3 held=3"
	echo "blocked w1 w2 w3"
	for i in ${chosen:0:1} ${chosen:1:1} ${chosen:2:1}; do
		source_has "${gens[@]}"
		echo "release id=${ids[i - 1]} => released=1"
		echo "join w$i"
		gens[i - 1]=2
	done
	source_has 2 2 2
	echo "list => held=0"
	echo "order w${said:0:1} w${said:1:1} w${said:2:1}"
}

# next_ids - the numbers that the next three gates will have.
next_ids() {
	local id
	id=$(pinctl gate -q "$mnt" hold op=read path=/none)
	pinctl gate "$mnt" clear "id=$id" >&2
	ids=($((id + 1)) $((id + 2)) $((id + 3)))
}

orders=(123 132 213 231 312 321)
rounds=$(full 1000 50)
ids=()
next_ids
ended=0 text=
for ((n = 0; n < rounds; n++)); do
	chosen=${orders[n % 6]}
	one_round "$chosen" "${ids[@]}" "$chosen" >"$tmp/schedule"
	status=0
	text=$(pinctl replay "$mnt" "$tmp/schedule" 2>&1) || status=$?
	if [ "$status" -ne 0 ]; then
		diag "round $n, order $chosen: status $status: $text"
		break
	fi
	ended=$((ended + 1))
	ids=($((ids[0] + 3)) $((ids[1] + 3)) $((ids[2] + 3)))
done
is "$ended" "$rounds" "$rounds rounds, each in the order that was chosen"
like "$text" '1 of 1 rounds as expected' "the last line says so"
is "$(gate list | jq -c '[.gates, .held]')" '[[],[]]' "no gate is left"

next_ids
one_round 321 "${ids[@]}" 231 >"$tmp/schedule"
status=0
text=$(pinctl replay "$mnt" "$tmp/schedule" 2>&1) || status=$?
is "$status" 1 "an order that was not chosen is not found"
like "$text" "'w3' ended at [0-9]+ ns, 'w2' not later" "and it says which"
