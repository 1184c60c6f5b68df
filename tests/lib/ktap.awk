# SPDX-License-Identifier: GPL-2.0-or-later
# A parser of KTAP version 1, from Documentation/dev-tools/ktap.rst (Linux 6.18)
# and nothing else, that prints each fault as "LINE: FAULT: TEXT" and exits 1 if
# there was one. Where the specification leaves a choice ("recommended",
# "discouraged", "allowed") the strict reading holds:
#
#   - each level has a plan, each result a description;
#   - no unknown lines, no directive that is there for the sake of TAP only; what
#     SKIP, TIMEOUT and ERROR stand for is said;
#   - SKIP and XFAIL are "ok", as kselftest.h prints them.
#
# Variables, all optional:
#   version   the version line of the outermost level; "KTAP version 1"
#   each      a diagnostic "# EACH: " comes once before each outermost result
#   trailing  keys, with '|' between them, of diagnostics about no one test: they
#             may come after the last result
#   totals    not empty: kselftest's Totals line comes last, and is right
#
# A level is open from its version line to the first line with less indentation;
# then its parent's result must come before anything but diagnostics.

BEGIN {
	if (version == "")
		version = "KTAP version 1"
	depth = -1
	split("pass fail xfail xpass skip error", kinds)
}

function fault(what) {
	printf "%d: %s: %s\n", FNR, what, line
	faults++
}

function open_level(level) {
	if (level > 0 && pending[level - 1])
		fault("subtests again before the result of their parent")
	depth = level
	has_plan[level] = planned[level] = told[level] = 0
	failed[level] = pending[level] = 0
}

# At the end of a level: was it all there?
function close_level(level) {
	if (pending[level])
		fault("subtests without the result of their parent")
	if (!has_plan[level])
		fault("no plan")
	else if (told[level] < planned[level])
		fault("fewer results than planned")
	depth = level - 1
	if (level > 0) {
		pending[level - 1] = 1
		subtest_failed[level - 1] = failed[level] > 0
	}
}

function take_version(level) {
	if (level <= depth)
		fault("a second version line")
	else if (level > depth + 1)
		fault("indented by two levels at once")
	else if (text != (level ? "KTAP version 1" : version))
		fault("not the version wanted")
	if (level > depth)
		open_level(level)
}

function take_plan(level, 	count) {
	count = substr(text, 4) + 0
	if (has_plan[level])
		fault("a second plan")
	else if (told[level])
		fault("a plan behind results")
	# TAP's, and kselftest's when nothing can run.
	if (text !~ /^1\.\.(0|[1-9][0-9]*)$/ && text !~ /^1\.\.0 # SKIP [^ ]/)
		fault("not a plan")
	has_plan[level] = 1
	planned[level] = count
}

# What comes after the '#' of a result.
function take_directive(good, data, 	word) {
	word = data
	sub(/ .*/, "", word)
	if (word ~ /^[A-Z]+$/ && word !~ /^(SKIP|XFAIL|TIMEOUT|ERROR)$/)
		fault("not a directive of KTAP")
	else if (tolower(word) ~ /^(skip|todo|xfail|timeout|error)$/ &&
		 word != toupper(word))
		fault("a directive in small letters")
	if (good && word ~ /^(TIMEOUT|ERROR)$/)
		fault("ok, with a directive that is for not ok")
	if (!good && word ~ /^(SKIP|XFAIL)$/)
		fault("not ok, with a directive that is for ok")
	if (word ~ /^(SKIP|TIMEOUT|ERROR)$/ && data !~ /^[A-Z]+ [^ ]/)
		fault("a directive without its reason")
	return word
}

function count_result(good, word) {
	if (word == "XFAIL" || word == "SKIP" || word == "ERROR")
		counted[tolower(word)]++
	else
		counted[good ? "pass" : "fail"]++
	if (each != "" && said != 1)
		fault("the diagnostic of each test is missing or doubled")
	said = 0
}

function check_parent(level, good) {
	if (pending[level] && subtest_failed[level] && good)
		fault("ok, with a subtest that is not")
	pending[level] = 0
}

# <result> <number> <description>[ # [<directive>] [<diagnostic data>]]
function take_result(level, 	good, rest, number, at, data, word) {
	good = text !~ /^not /
	rest = text
	sub(/^(not )?ok /, "", rest)
	number = rest
	sub(/ .*/, "", number)
	sub(/^[^ ]* ?/, "", rest)
	told[level]++
	if (!has_plan[level])
		fault("a result without a plan before it")
	else if (told[level] > planned[level])
		fault("more results than planned")
	if (number != told[level] "")
		fault("not the next number")
	at = index(rest, "#")
	data = at ? substr(rest, at) : ""
	if (at)
		rest = substr(rest, 1, at - 1)
	if (rest ~ /^ *$/)
		fault("no description")
	else if (at && (rest !~ /[^ ] $/ || data !~ /^# [^ ]/))
		fault("a '#' that begins no directive")
	word = at ? take_directive(good, substr(data, 3)) : ""
	check_parent(level, good)
	failed[level] += !good
	if (level == 0)
		count_result(good, word)
}

function take_totals( 	wanted, i) {
	wanted = "# Totals:"
	for (i = 1; i <= 6; i++)
		wanted = wanted " " kinds[i] ":" (counted[kinds[i]] + 0)
	if (text != wanted)
		fault("wrong totals")
	if (told[0] < planned[0])
		fault("totals before the last result")
	totals_at = FNR
}

function take_diagnostic(level, 	key) {
	if (text !~ /^# [^ ]/) {
		fault("not a diagnostic")
		return
	}
	key = substr(text, 3)
	sub(/:.*/, "", key)
	if (totals != "" && level == 0 && key == "Totals") {
		take_totals()
		return
	}
	if (each != "" && level == 0 && key == each)
		said++
	if (level == 0 && has_plan[0] && told[0] >= planned[0] &&
	    !(trailing != "" && key ~ "^(" trailing ")$"))
		fault("a diagnostic behind the result that it is about")
}

{
	line = text = $0
	sub(/^ */, "", text)
	level = (length(line) - length(text)) / 2
	if (totals_at)
		fault("something behind the totals")
}

level != int(level) { fault("indented by half a level"); next }

depth < 0 && text !~ /^K?TAP version / { fault("no version line"); exit }

text ~ /^K?TAP version / { take_version(level); next }

level > depth { fault("indented without a version line"); next }

{
	while (level < depth)
		close_level(depth)
}

text ~ /^[0-9]+\.\./ { take_plan(level); next }
text ~ /^(not )?ok( |$)/ { take_result(level); next }
text ~ /^#/ { take_diagnostic(level); next }
{ fault("an unknown line") }

END {
	line = "the end"
	if (!NR)
		fault("no version line")
	while (depth >= 0)
		close_level(depth)
	if (totals != "" && planned[0] && !totals_at)
		fault("no totals")
	exit faults > 0
}
