#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: each word that says which requests a gate is for (op path ino off len
#           size origin pid nth count probability seed name scope deadline) has
#           its request held, at arrive and at reply, while another request of
#           the same kind, which it does not mean, passes.
# Refuted by: one that passes its gate, or one that is held by it and should not.
# Proof of coverage: for each word both kinds of request are made at the same
#                    gate; the held one's caller sleeps until it is released.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq

# The gate's words; the step that it holds; one that passes it meanwhile.
rows='
op=read|read fd=a off=0 len=4k|write fd=a off=0 len=4k gen=2
op=write,fsync|fsync fd=a|read fd=a off=0 len=4k
op=any path=/a|read fd=a off=0 len=4k|read fd=b off=0 len=4k
op=read path=/b|read fd=b off=0 len=4k|read fd=a off=0 len=4k
op=read path=/d/*|read fd=c off=0 len=4k|read fd=a off=0 len=4k
op=read ino=INO|read fd=b off=0 len=4k|read fd=a off=0 len=4k
op=read off=8k len=4k|read fd=a off=4k len=8k|read fd=a off=12k len=4k
op=read len=4k|read fd=a off=0 len=8k|read fd=a off=4k len=8k
op=read size=8k|read fd=a off=0 len=8k|read fd=a off=0 len=4k
op=read size=8k-|read fd=a off=0 len=16k|read fd=a off=0 len=4k
op=read size=4k-8k|read fd=a off=4k len=8k|read fd=a off=4k len=12k
op=read,write size=0-4k|write fd=a off=4k len=4k gen=2|read fd=a off=0 len=8k
op=any size=4k path=/a|read fd=a off=0 len=4k|fsync fd=a
op=write origin=direct|write fd=a off=0 len=4k gen=2|fsync fd=w
op=write origin=writeback|fsync fd=w|write fd=a off=0 len=4k gen=2
op=any origin=direct|write fd=a off=0 len=4k gen=2|read fd=a off=0 len=4k
op=read path=/a count=1|read fd=a off=0 len=4k|read fd=a off=0 len=4k
op=read path=/a probability=1 seed=5|read fd=a off=0 len=4k|read fd=b off=0 len=4k
op=read path=/a name=n|read fd=a off=0 len=4k|read fd=b off=0 len=4k
op=read path=/a scope=mount|read fd=a off=0 len=4k|read fd=b off=0 len=4k
'
rows=${rows#$'\n'}
rows=${rows%$'\n'}
plan $((4 * $(wc -l <<<"$rows") + 18))
mount_pinfs
mkdir "$src/d"
client_start
for file in a b d/c; do
	step create "fd=${file#d/}" "path=$file" size=64k
	step fsync "fd=${file#d/}"
	step close "fd=${file#d/}"
	step open "fd=${file#d/}" "path=$file" direct
done
step create fd=w path=w size=4k
ino=$(stat -c %i "$src/b")

# arm WORDS... - a gate; $id.
arm() {
	id=$(gate hold deadline=25s "$@" | jq .id)
}

# holds_at POINT DESCRIPTION STEP... - it is held there; $held is its number.
holds_at() {
	local point=$1 description=$2
	shift 2
	step "$@" '&'
	held=${client_steps[main]}
	gate wait "id=$id" timeout=5s >/dev/null || true
	is "$(gate list | jq -c "[.held[] | select(.gate == $id).at]")" \
		"[\"$point\"]" "$description: held: $*"
}

# passes DESCRIPTION STEP... - it ends while the gate is armed.
passes() {
	local description=$1
	shift
	step "$@"
	like "$answer" ' ok ' "$description: passes: $*"
}

ends() {
	gate release "id=$id" >/dev/null
	step wait "step=$held"
}

for at in arrive reply; do
	while IFS='|' read -r words mine other; do
		# Something for writeback to write.
		step write fd=w off=0 len=4k gen=3
		read -ra words <<<"${words/INO/$ino}"
		read -ra mine <<<"$mine"
		read -ra other <<<"$other"
		arm "${words[@]}" "at=$at"
		holds_at "$at" "${words[*]} at=$at" "${mine[@]}"
		passes "${words[*]} at=$at" "${other[@]}"
		ends
		gate clear "id=$id" >/dev/null
		step fsync fd=w
	done <<<"$rows"

	arm op=read path=/a nth=3 count=1 "at=$at"
	passes "nth=3 count=1 at=$at" read fd=a off=0 len=4k
	passes "nth=3 count=1 at=$at" read fd=a off=0 len=4k
	holds_at "$at" "nth=3 count=1 at=$at" read fd=a off=0 len=4k
	passes "nth=3 count=1 at=$at" read fd=a off=0 len=4k
	ends
	gate clear >&2

	# Another process reads meanwhile. A program that has begun has its number.
	mkfifo "$tmp/go"
	(close_inherited; read -r _ <"$tmp/go"
		exec block-reads -d "$mnt" <<<'a 0') >"$tmp/answer" &
	arm op=read "pid=$!" "at=$at"
	passes "pid= at=$at" read fd=a off=0 len=4k
	echo go >"$tmp/go"
	gate wait "id=$id" timeout=5s >/dev/null || true
	is "$(gate list | jq -c '[.held[] | .at, .pid]')" "[\"$at\",$!]" \
		"pid= at=$at: held: its read"
	gate clear >&2
	wait $!
	rm "$tmp/go"

	gate hold op=read path=/a deadline=300ms "at=$at" >&2
	step read fd=a off=0 len=4k
	like "$answer" ' ok ret=4096 us=[3-9][0-9]{5} ' \
		"deadline=300ms at=$at: ends a hold"
	gate clear >&2

	reply=$(control hold op=read path=/a scope=connection "at=$at")
	is "$(jq .ok <<<"$reply") $(gate list | jq '.gates | length')" "true 0" \
		"scope=connection at=$at: goes with its connection"
	step read fd=a off=0 len=4k
	like "$answer" ' ok ret=4096 ' "and holds nothing then"
done
client_end || true
