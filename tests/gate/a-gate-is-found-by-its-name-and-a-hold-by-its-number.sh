#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: wait, release and clear take a gate by its name and touch no other; a
#           name is one gate's until that is cleared, also when it is spent. A
#           hold is released by its number, and no other with it; replies name
#           what they have done. Zero is nothing's number.
# Refuted by: another gate or hold that is touched, a second gate of a name, an
#             unknown name or number that is served.
# Proof of coverage: the list after each step.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 34
mount_pinfs
client_start
for file in a b; do
	step create "fd=$file" "path=$file" size=64k
	step close "fd=$file"
	step open "fd=$file" "path=$file" direct
done

# refused ERROR WORDS... - the reply's error.
refused() {
	local error=$1
	shift
	is "$(control "$@" | jq -r '"\(.ok) \(.error)"')" "false $error" \
		"$error: $*"
}

# held - "gate:offset" of what is held, the oldest first.
held() {
	gate list | jq -r '.held[] | "\(.gate):\(.off / 4096)"' | xargs
}

first=$(gate hold op=read path=/a name=one deadline=25s | jq .id)
second=$(gate hold op=read path=/b name="two words" deadline=25s | jq .id)
is "$(gate list | jq -c '.gates | map(.name)')" '["one","two words"]' \
	"two gates with names"
refused EEXIST hold op=write name=one
refused EEXIST inject op=write name=one error=EIO
refused ENOENT wait name=three
refused ENOENT release name=three
refused ENOENT clear name=three
refused EINVAL hold op=read name=12
refused EINVAL hold op=read name=
refused EINVAL wait id=1 name=one

for block in 1 2 3 4; do
	step read fd=a "off=$((block * 4))k" len=4k '&'
	gate wait name=one "held=$block" >&2
	step read fd=b "off=$((block * 4))k" len=4k '&'
	gate wait name="two words" "held=$block" >&2
done
ids=$(gate list | jq -c ".held | map(select(.gate == $first).id)")
is "$(gate wait name=one held=4 | jq -c '[.held, .ids]')" "[4,$ids]" \
	"wait name=: the holds of that gate"
is "$(gate wait held=8 | jq '.ids | length')" 8 "wait: all"
is "$(gate wait name=one held=5 timeout=100ms | jq -c '[.ok, .held, .ids]')" \
	"[false,4,$ids]" "a wait that fails says what is held"

one=$(jq '.[1]' <<<"$ids")
is "$(gate release "hold=$one" | jq -c '[.released, .ids]')" "[1,[$one]]" \
	"release hold=: that one"
is "$(held)" "$first:1 $second:1 $second:2 $first:3 $second:3 $first:4 $second:4" \
	"and no other"
refused ENOENT release "hold=$one"
refused ENOENT release hold=0
refused ENOENT release id=0
refused ENOENT clear id=0
refused ENOENT wait id=0
refused ENOENT release hold=999999
other=$(gate list | jq '[.held[] | select(.gate == '"$second"')][0].id')
refused ENOENT release name=one "hold=$other"
is "$(held)" "$first:1 $second:1 $second:2 $first:3 $second:3 $first:4 $second:4" \
	"none of these has released anything"

is "$(gate release name=one n=2 order=newest | jq .released)" 2 \
	"the two newest of a gate"
is "$(held)" "$first:1 $second:1 $second:2 $second:3 $second:4" "are gone"
is "$(gate release name="two words" n=0 | jq -c '[.released, .ids]')" '[0,[]]' \
	"n=0: none"
ids=$(gate list | jq -c ".held | map(select(.gate == $second).id)")
reply=$(gate release name="two words" order=random seed=5 | jq -c .ids)
is "$(jq -c sort <<<"$reply")" "$ids" "order=random: all of them"
is "$(held)" "$first:1" "the other gate's is held"

is "$(gate clear name=one | jq -c '[.cleared, .ids]')" "[1,[$first]]" \
	"clear name=: that one"
step wait
is "$(gate list | jq -c '[.held, (.gates | map(.name))]')" \
	'[[],["two words"]]' "what it held goes on, the other gate stays"
ok "the name is free again" gate hold op=read path=/a name=one count=1 deadline=25s
step read fd=a off=0 len=4k '&'
gate wait name=one >&2
gate release name=one >&2
step wait
is "$(gate list | jq -c '.gates[] | select(.name == "one") | .spent')" true \
	"a gate that is spent"
refused EEXIST hold op=read name=one
is "$(gate wait name=one held=0 | jq .held)" 0 "keeps its name"
is "$(gate clear | jq '.ids | length')" 2 "clear: all"
client_end || true
