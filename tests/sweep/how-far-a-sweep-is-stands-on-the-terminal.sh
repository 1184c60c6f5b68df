#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: on a terminal a line that is drawn again says how many kernels are done,
#           and what each of the others does; it is gone at the end. Without a
#           terminal there is none, and --verbose says each stage.
# Refuted by: no line, a line that stays, escape sequences in a file.
# Proof of coverage: the machine goes on only after its stage has been drawn.
. "$srcdir/tests/lib/played.sh"
require_prog jq gzip script
require_script
plan 5

one=pwrite@writeback
kernel_of "$tmp/k" 6.1.0 "$boot;stage=scenario $one;$(
	gives $one STABLE as_known);$(ends 1 0)"
mkfifo "$tmp/go"

# The machine is held until the line has been seen; its console comes first.
cat >"$tmp/before" <<END
read -r <"$tmp/go"
END
TERM=xterm script -qefc "timeout -s KILL 60 pinctl sweep ${played[*]} --out=$tmp/out \
	-s $one $tmp/k" "$tmp/typed" </dev/null >/dev/null 2>&1 &
scripted=$!
drawn() {
	grep -qs '0 of 1; 6.1.0: boot, 0 results' "$tmp/typed"
}
ok "the line says what the kernel does" await drawn
echo >"$tmp/go"
wait "$scripted" || true
text=$(tr -d '\r' <"$tmp/typed")
like "$text" $'\e\[K.*complete after' "it is erased for what stays"
unlike "${text##*$'\e[K'}" ' of 1;' "and nothing of it comes behind that"

rm "$tmp/before"
sweep -v -s $one "$tmp/k" >"$tmp/plain" 2>"$tmp/messages" || true
unlike "$(<"$tmp/messages")" $'\e' "without a terminal there is none"
like "$(<"$tmp/messages")" "6.1.0: scenario $one, 0 results" \
	"--verbose says each stage"
