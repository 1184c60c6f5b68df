#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinfs-sweep(7) has the outcomes of machines and the members of a
#           result.json that there are; its commands have options that there are,
#           and each that needs no network ends with the status that its text
#           promises and says what it is there for.
# Refuted by: an outcome, member or option in one of the two only; another status
#             or other words.
# Proof of coverage: as many commands are in the page as are expected here, of
#                    which most are run, with the guest's files made as for a
#                    real machine; planted differences are found.
. "$srcdir/tests/lib/played.sh"
. "$srcdir/tests/lib/manual.sh"
. "$srcdir/tests/lib/vmkernel.sh"
require_prog jq gzip ar xz
page=$man/pinfs-sweep.7

commands_of_page() {
	grep '^# ' "$page" | sed 's/^# //' | manual_text
}

# here - with directories of this test's own.
here() {
	sed "s|/srv|$tmp/srv|g"
}

# Status, and what is in the output; "-" is not run, for its packages are not here.
expected='
0 BLOCKED
0 1 kernel, 1 scenario
- 
- 
0 1 kernel, 1 scenario
- 
0 pwrite@writeback: BLOCKED.*wanted BLOCKED
1 pwrite@writeback: complete.*wanted panic
- 
0 first that differs: new.deb .*UNSTABLE; before it old.deb.*BLOCKED
0 <testsuite
0 6.18.0 .*1 scenario
'
plan $(($(grep -c . <<<"$expected") + 13))

outcomes_of_program() {
	sed -n '/^} outcomes/,/^};/s/^		"\([a-z-]*\)".*/\1/p' \
		"$srcdir/src/vm/outcome.c"
}
in_page=$(manual_tags "$page" OUTCOMES)
agree "outcomes" "$in_page" "$(outcomes_of_program)"
planted_is_found "a planted difference of outcomes is found" "$in_page"

# ------------------------------------------------------------------- commands
mkdir -p "$tmp/bin" "$tmp/srv/arch/x86/boot" "$tmp/srv/packages" \
	"$tmp/srv/modules/lib/modules/6.18.0/kernel"
ln -s "$tmp/qemu" "$tmp/bin/qemu-system-x86_64"
PATH=$tmp/bin:$PATH
says "$tmp/srv/bzImage" 6.18.0 BLOCKED
cp "$tmp/srv/bzImage" "$tmp/srv/arch/x86/boot/"

# package FILE VERSION VERDICT
package() {
	fake_tree "$tmp/tree" "$2"
	says "$tmp/tree/boot/vmlinuz-$2" "$2" "$3"
	fake_deb "$1" linux-image-fake "$2" "$tmp/tree"
	rm -r "$tmp/tree"
}
package "$tmp/srv/packages/linux-image.deb" 6.1.0 BLOCKED
package "$tmp/srv/old.deb" 6.12.0 BLOCKED
package "$tmp/srv/new.deb" 6.18.0 UNSTABLE

commands_of_page >"$tmp/commands"
grep . <<<"$expected" >"$tmp/expected"
is "$(wc -l <"$tmp/commands")" "$(wc -l <"$tmp/expected")" \
	"the page has the commands that are expected here"

options_of() {
	pinctl "$1" --help | { grep -oE '(^|[[ ,])--?[a-z][-a-z]*' || true; } |
		tr -d '[ ,' | sort -u
}
# strangers - options in the page's commands that their command does not have.
strangers() {
	local program command rest word
	while read -r program command rest; do
		for word in $rest; do
			[[ $word == -* ]] || continue
			grep -qxe "${word%%=*}" <<<"$(options_of "$command")" ||
				echo "$program $command $word"
		done
	done
}
is "$(strangers <"$tmp/commands")" '' "their options are those of the program"
is "$(echo 'pinctl sweep --planted=1' | strangers)" \
	'pinctl sweep --planted=1' "a planted one is found"

cd "$tmp/srv"
while read -r -u 8 command && read -r -u 9 wanted words; do
	if [ "$wanted" = - ]; then
		pass "$command # not run: its packages are not here"
		continue
	fi
	status=0
	eval "timeout -s KILL 100 $(here <<<"$command")" >"$tmp/output" 2>&1 ||
		status=$?
	output=$(tr '\n' ' ' <"$tmp/output")
	if [ "$status" = "$wanted" ] && [[ $output =~ $words ]]; then
		pass "$command"
	else
		fail "$command"
		diag "status $status, wanted $wanted; output: ${output:0:2000}"
	fi
done 8<"$tmp/commands" 9<"$tmp/expected"

ok "the page of the matrix is there" test -s "$tmp/srv/matrix/matrix.html"

# -------------------------------------------------------- members of a result
members=$(jq -r keys[] "$tmp/srv/results/6.12/6.18.0/result.json")
in_page=$(manual_tags "$page" RESULT)
agree "members of result.json" "$in_page" "$members"
planted_is_found "a planted difference of members is found" "$in_page"
missing=$(jq -r '.kernel, .machine, .duration_us, .files | keys[]' \
	"$tmp/srv/results/6.12/6.18.0/result.json" | while read -r key; do
		manual_section "$page" RESULT | manual_text |
			grep -qw "$key" || echo "$key"
	done)
is "$missing" '' "and the members of these"
ok "one that is not there would be missed" test -z "$(
	manual_section "$page" RESULT | manual_text | grep -w planted)"

# ------------------------------------------------------ members of the matrix
in_page=$(manual_tags "$page" MATRIX.JSON)
agree "members of matrix.json" "$in_page" \
	"$(jq -r keys[] "$tmp/srv/matrix/matrix.json")"
planted_is_found "a planted difference of members is found" "$in_page"
missing=$(jq -r '(.kernels[0], .cells[0][0]) | keys[]' \
	"$tmp/srv/matrix/matrix.json" | while read -r key; do
		manual_section "$page" MATRIX.JSON | manual_text |
			grep -qw "$key" || echo "$key"
	done)
is "$missing" '' "and the members of kernels and cells"
