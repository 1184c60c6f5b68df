#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the commands of pinctl and the options of each are those of
#           pinctl(1); so are the tables of steps, with their words, of the
#           words of schedules, of verdicts and of capabilities; and the example
#           of a schedule is the file that is installed.
# Refuted by: a command, option, step, word, verdict or capability in one of the
#             two only; another example.
# Proof of coverage: all lists come from the program's help and its own tables,
#                    have what is known to exist, and planted differences are
#                    found.
. "$srcdir/tests/lib/manual.sh"
plan 15
page=$man/pinctl.1

commands_of_program() {
	pinctl help | sed -n 's/^  \([-a-z]*\) .*/\1/p'
}

# "COMMAND OPTION" for each option in what "COMMAND --help" prints, up to the
# list of something else (steps, verbs) that ends some of them.
options_of_program() {
	local command
	commands_of_program | while read -r command; do
		pinctl "$command" --help | sed '/^\(.*\(Steps\|Verbs\|Events\):\)$/q' |
			{ grep -oE '(^|[[ ,])--?[a-z][-a-z]*' || true; } |
			tr -d '[ ,' | sort -u | sed "s/^/$command /"
	done
}

options_of_page() {
	local command
	manual_subsections "$page" COMMANDS | while read -r command; do
		manual_tags "$page" COMMANDS "$command" | tr ',' '\n' |
			sed "s/ //g; s/=.*//; s/^/$command /"
	done
}

# rows TABLE - its first column.
rows() {
	pinctl list "$1" | awk '/^[^ ]/ { print $1 }'
}

# A step without words has none beside it.
steps_of_program() {
	pinctl client --help | sed -n '/^Steps:/,$s/^  \([^ ].*\)/\1/p'
}

words_of_schedules() {
	pinctl help replay | sed -n '/^Words:/,$s/^  \([^ ].*\)/\1/p'
}

# The example as a reader sees it: from its first comment to the end of the block.
example_of_page() {
	manual_section "$page" EXAMPLES |
		sed -n '/^# A page changes/,/^\.fi/{/^\.fi/!p}' | manual_text
}

# A verdict that --strict fails on has a line more.
verdicts_of_program() {
	pinctl list verdicts |
		awk '/^[^ ]/ { print $1 (/--strict fails/ ? " *" : "") }'
}

in_page=$(manual_subsections "$page" COMMANDS)
agree "commands" "$in_page" "$(commands_of_program)"
planted_is_found "a planted difference of commands is found" "$in_page"

in_page=$(options_of_page)
in_program=$(options_of_program)
agree "options of the commands" "$in_page" "$in_program"
ok "run has --strict" grep -qx 'run --strict' <<<"$in_program"
ok "gate has -q" grep -qx -e 'gate -q' <<<"$in_program"
planted_is_found "a planted difference of options is found" "$in_page"

in_page=$(manual_tags "$page" STEPS)
agree "steps and their words" "$in_page" "$(steps_of_program)"
planted_is_found "a planted difference of steps is found" "$in_page"

in_page=$(manual_tags "$page" SCHEDULES)
agree "words of schedules" "$in_page" "$(words_of_schedules)"
planted_is_found "a planted difference of these words is found" "$in_page"
is "$(example_of_page)" "$(sed 1d "$man/unstable.schedule")" \
	"the example of a schedule is the one that is installed"

in_page=$(manual_tags "$page" VERDICTS)
agree "verdicts" "$in_page" "$(verdicts_of_program)"
ok "UNSTABLE is bad" grep -qx 'UNSTABLE \*' <<<"$in_page"
agree "capabilities" "$(manual_tags "$page" CAPABILITIES)" \
	"$(rows capabilities)"
agree "shapes" "$(manual_tags "$page" SHAPES)" \
	"$(rows shapes | grep -v '^(plain)$')"
