#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a request held at its arrival has had no effect on SOURCE, one held
#           at its reply has had its whole effect; its caller waits in both
#           cases, and gets the same answer as ever.
# Refuted by: SOURCE changed too early, or not yet; a caller that goes on.
# Proof of coverage: the list says where the request is held.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 19
mount_pinfs
client_start
step create fd=t path=t size=8k gen=1
step fsync fd=t
step close fd=t
step open fd=t path=t direct

# held AT OP STEP... - hold OP at that point and start the step; $number.
held() {
	local at=$1 op=$2
	shift 2
	gate hold "op=$op" "at=$at" deadline=20s >&2
	step "$@" '&'
	number=${client_steps[main]}
	gate wait held=1 >&2
	is "$(gate list | jq -c '.held | map([.op, .at])')" "[[\"$op\",\"$at\"]]" \
		"$op is held at $at"
	is "$(final_answer "$number")" '' "and its caller waits"
}

let_go() {
	gate clear >&2
	step wait "step=$number"
	like "$(final_answer "$number")" "$1" "afterwards: $1"
}

digest() {
	block-digests "$src/t" | cut -d ' ' -f 2 | paste -sd ,
}
old=$(digest)

held arrive write write fd=t off=4k len=4k gen=2
is "$(digest)" "$old" "at arrive: SOURCE has the old bytes"
let_go 'write ok ret=4096'
new=$(digest)
isnt_old=$([ "$new" != "$old" ] && echo yes || echo no)
is "$isnt_old" yes "then the new ones"

held reply write write fd=t off=0 len=4k gen=2
not_ok "at reply: SOURCE has the new bytes" test "$(digest)" = "$new"
let_go 'write ok ret=4096'

held arrive unlink unlink path=t
ok "at arrive: the entry is there" test -e "$src/t"
let_go 'unlink ok ret=0'
not_ok "then not" test -e "$src/t"

held reply create create fd=n path=new size=0
ok "at reply: the new file is there" test -e "$src/new"
let_go 'create ok ret=0'

ok "the client has no failed step" client_end
