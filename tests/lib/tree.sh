# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the tests about the source tree: which files it has. They run at its top.

# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"
cd "$srcdir"

# in_git - is this a checkout of its own, not a tarball?
in_git() {
	[ -e .git ] && command -v git >/dev/null 2>&1
}

# tracked_files - what git tracks.
tracked_files() {
	git -c safe.directory='*' ls-files | sort
}

# packed_files - what "make dist" packs. Make hands its own settings down in the
# environment; this is a make of its own.
packed_files() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		make -s -C "$top_builddir" list-dist | sort -u
}

# tree_files [REGEX] - the project's files whose names match, one a line: all
# that git does not ignore, so that a file is looked at before it is committed,
# and outside a checkout (a tarball) what the Makefile would pack again, but for
# what autoreconf made. Finding none is an error: a test of nothing shows nothing.
tree_files() {
	local list
	if in_git; then
		list=$(git -c safe.directory='*' ls-files -co \
			--exclude-standard | while read -r file; do
			[ ! -e "$file" ] || echo "$file"
		done)
	else
		list=$(packed_files | grep -Ev -e '^build-aux/' \
			-e '^(aclocal\.m4|configure|config\.h\.in|Makefile\.in)$')
	fi
	sort <<<"$list" | grep -E "${1:-.}"
}

# report_findings DESCRIPTION FINDINGS - ok when there are none, else each is
# logged.
report_findings() {
	if [ -z "$2" ]; then
		pass "$1"
	else
		fail "$1"
		diag "${2//$'\n'/$'\n# '}"
	fi
}

# c_files - .c and .h of the project; shell_files - its scripts, by first line
# or name.
c_files() {
	tree_files '\.[ch]$'
}

shell_files() {
	local file line
	tree_files | while read -r file; do
		case $file in
		*.sh) echo "$file" ;;
		*)
			line=
			read -r line <"$file" 2>/dev/null || true
			case $line in '#!'*sh) echo "$file" ;; esac
			;;
		esac
	done
}
