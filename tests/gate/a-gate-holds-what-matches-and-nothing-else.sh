#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a gate holds exactly the requests that match all its words: the
#           operation, the path as a pattern, the inode, a range, a thread, the
#           nth match, a count.
# Refuted by: a request that the rule does not mean and that is held, or one
#             that it means and that passes.
# Proof of coverage: for each rule the same kind of request is seen to pass and
#                    to be held, and the gate's own count says how many matched.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 40
mount_pinfs
client_start

for file in a b c; do
	step create "fd=$file" "path=$file" size=64k
	step close "fd=$file"
	step open "fd=$file" "path=$file" direct
done
mkdir "$mnt/dir"
step create fd=dir path=dir/a size=64k
step close fd=dir
step open fd=dir path=dir/a direct
ino=$(stat -c %i "$src/b")

# rule WORDS... - arm a gate; $id.
rule() {
	id=$(gate hold "$@" deadline=20s | jq .id)
}

hits() {
	gate list | jq ".gates[] | select(.id == $id) | .hits"
}

# passes WORDS... - the step ends by itself while the gate is armed.
passes() {
	local before
	before=$(hits)
	step "$@"
	like "$answer $((before == $(hits)))" ' ok .* 1$' "passes: $*"
}

# holds OP PATH WORDS... - the step is held by the gate, as that operation on
# that path, until it is released.
holds() {
	local op=$1 path=$2 number held
	shift 2
	step "$@" '&'
	number=${client_steps[main]}
	gate wait "id=$id" held=1 timeout=5s >&2 || true
	held=$(gate list | jq -c ".held[] | select(.gate == $id) | [.op, .path]")
	is "$held" "[\"$op\",\"$path\"]" "held: $*"
	gate release "id=$id" >&2
	step wait "step=$number"
}

# done_with DESCRIPTION SEEN - clear the gate, which has seen so many.
done_with() {
	is "$(gate list | jq ".gates[] | select(.id == $id) | .seen")" "$2" "$1"
	gate clear "id=$id" >&2
}

rule op=read
passes write fd=a off=0 len=4k gen=2
holds read /a read fd=a off=0 len=4k
done_with "op=read: one match" 1

rule op=write,fsync
passes read fd=a off=0 len=4k
holds write /a write fd=a off=0 len=4k gen=2
holds fsync /a fsync fd=a
done_with "op=write,fsync: two matches" 2

rule op=any path=/c
passes read fd=a off=0 len=4k
holds read /c read fd=c off=0 len=4k
holds fsync /c fsync fd=c
done_with "op=any path=/c: two matches" 2

rule op=read 'path=/*/a'
passes read fd=a off=0 len=4k
holds read /dir/a read fd=dir off=0 len=4k
done_with "path=/*/a: one match" 1

rule op=read 'path=/[ab]'
passes read fd=dir off=0 len=4k
passes read fd=c off=0 len=4k
holds read /b read fd=b off=0 len=4k
done_with "path=/[ab]: one match" 1

rule op=read "ino=$ino"
passes read fd=a off=0 len=4k
holds read /b read fd=b off=0 len=4k
done_with "ino= of b: one match" 1

rule op=read path=/a off=8k len=4k
passes read fd=a off=0 len=8k
passes read fd=a off=12k len=4k
passes read fd=b off=8k len=4k
holds read /a read fd=a off=4k len=8k
done_with "off=8k len=4k: one match" 1

rule op=unlink path=/gone
step create fd=gone path=gone size=0
step close fd=gone
passes unlink path=dir/a
holds unlink /gone unlink path=gone
done_with "op=unlink: the path is that of the entry" 1

# The thread: steps without '&' run in the client's first one, others in others.
rule op=read "pid=${client_pid[main]}"
step read fd=a off=0 len=4k '&'
step wait "step=${client_steps[main]}"
like "$answer" 'ok ret=1 ' "pid= of one thread: another one passes"
echo 'read fd=a off=0 len=4k' >&"${client_in[main]}"
client_steps[main]=$((client_steps[main] + 1))
gate wait "id=$id" held=1 timeout=5s >&2 || true
is "$(gate list | jq -c ".held | map([.op, .pid])")" \
	"[[\"read\",${client_pid[main]}]]" "and that one is held"
gate release >&2
step anon mem=reads-its-answer len=4k
done_with "pid=: one match" 1

rule op=read path=/a nth=3 count=2
passes read fd=a off=0 len=4k
passes read fd=a off=0 len=4k
holds read /a read fd=a off=0 len=4k
holds read /a read fd=a off=0 len=4k
passes read fd=a off=0 len=4k
is "$(gate list | jq ".gates[] | select(.id == $id) | .spent")" true \
	"nth=3 count=2: it is spent"
gate clear >&2

ok "the client has no failed step" client_end
ok "unmounted" umount_pinfs
