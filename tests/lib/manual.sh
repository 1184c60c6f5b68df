# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# Reading the manual pages, for the tests that hold them against the programs.
# The pages use man(7) macros; a tag is the line after .TP.

# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"
man=$srcdir/man

# manual_text - of standard input: lines without macros, fonts and quotes, as a
# reader sees them.
manual_text() {
	awk '
	# Arguments of an alternating macro are joined, those of others are not.
	function plain(line,    alternating, out, sep) {
		alternating = line ~ /^\.([BIR][BIR]) /
		if (!sub(/^\.[A-Z]+ +/, "", line))
			return line
		out = ""
		sep = alternating ? "" : " "
		while (line != "") {
			if (match(line, /^"[^"]*"/)) {
				out = out substr(line, 2, RLENGTH - 2)
				line = substr(line, RLENGTH + 1)
			} else {
				match(line, /^[^ ]+/)
				out = out substr(line, 1, RLENGTH)
				line = substr(line, RLENGTH + 1)
			}
			if (sub(/^ +/, "", line))
				out = out sep
		}
		return out
	}
	{
		text = plain($0)
		gsub(/\\f[BIRP]/, "", text)
		gsub(/\\\(dq/, "\"", text)
		gsub(/\\-/, "-", text)
		gsub(/\\e/, "\\", text)
		gsub(/\\[&c]/, "", text)
		print text
	}'
}

# manual_section PAGE SECTION [SUBSECTION] - its lines as they are in the file;
# with a subsection, whose first word it is, those of that only.
manual_section() {
	awk -v section="$2" -v subsection="${3-}" '
	/^\.\\"/ { next }
	/^\.SH/ {
		gsub(/^\.SH +|"/, "")
		inside = $0 == section
		sub_inside = subsection == ""
		next
	}
	/^\.SS/ && subsection != "" {
		sub(/^\.SS +"?/, "")
		sub(/".*/, "")
		split($0, word)
		sub_inside = word[1] == subsection
		next
	}
	inside && sub_inside' "$1"
}

# manual_subsections PAGE SECTION - the first words of its subsections.
manual_subsections() {
	manual_section "$1" "$2" | sed -n 's/^\.SS //p' | tr -d '"' |
		awk '{ print $1 }'
}

# manual_tags PAGE SECTION [SUBSECTION] - its tags, one a line.
manual_tags() {
	manual_section "$@" | awk '
		tag { print; tag = 0 }
		/^\.TP/ { tag = 1 }' | manual_text
}

# manual_block PAGE SECTION - the words of its first unfilled block.
manual_block() {
	manual_section "$1" "$2" | awk '
		/^\.nf/ { inside = 1; next }
		/^\.fi/ { exit }
		inside' | tr -s ' ' '\n'
}

# only_in_one A B - lines that are in one of the two lists only, "< " and "> ".
only_in_one() {
	diff <(sort -u <<<"$1") <(sort -u <<<"$2") | grep '^[<>]' || true
}

# agree DESCRIPTION PAGE-LIST PROGRAM-LIST - both must have the same lines, and
# at least one.
agree() {
	local found
	found=$(only_in_one "$2" "$3")
	if [ -z "$2" ]; then
		fail "$1"
		diag "the page's list is empty"
	elif [ -n "$found" ]; then
		fail "$1"
		diag "< only in the page, > only in the program:"
		diag "${found//$'\n'/$'\n# '}"
	else
		pass "$1"
	fi
}

# planted_is_found DESCRIPTION LIST - a list with a line too few, and one with a
# line too many, must not agree with LIST.
planted_is_found() {
	local few many
	few=$(sed 1d <<<"$2")
	many=$(printf '%s\nplanted' "$2")
	if [ -n "$(only_in_one "$few" "$2")" ] &&
	   [ -n "$(only_in_one "$many" "$2")" ]; then
		pass "$1"
	else
		fail "$1"
	fi
}
