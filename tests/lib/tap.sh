# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# TAP for shell tests, and what every test needs around it: strict mode, a
# scratch directory, an undo stack that runs on every exit path. Knows nothing
# of FUSE. Standard output belongs to TAP; everything else goes to standard
# error, which Automake keeps in the test's .log.
#
# A test ends with status 0 when all its checks were "ok" (or skipped), 1 when
# one was not, and with the status it died with otherwise. Automake's driver
# compares the plan with what came, so a test that dies half-way fails.

# Once is enough, for several libraries need it: a second time would forget what
# is to be undone.
[ -z "${tap_undo+set}" ] || return 0

set -euo pipefail
set -o errtrace

tap_planned=
tap_count=0
tap_failed=0
tap_died_at=
tap_undo=()
tap_on_failure=()

# plan N - say how many checks will come. Once, before the first.
plan() {
	tap_planned=$1
	echo "1..$1"
}

# diag TEXT... - a line for people, into the log.
diag() {
	printf '# %s\n' "$*" >&2
}

# tap_result STATUS DESCRIPTION - one TAP line; STATUS 0 is good.
tap_result() {
	local status=$1 word=ok
	shift
	tap_count=$((tap_count + 1))
	if [ "$status" -ne 0 ]; then
		word='not ok'
		tap_failed=$((tap_failed + 1))
	fi
	# A '#' would begin a directive.
	printf '%s %d - %s\n' "$word" "$tap_count" "${*//#/}"
}

# pass DESCRIPTION / fail DESCRIPTION - when the script itself has decided.
pass() { tap_result 0 "$@"; }
fail() { tap_result 1 "$@"; }

# ok DESCRIPTION COMMAND... - the command must succeed; its output is logged.
# Inside a function called this way "set -e" is off: let it return a status.
ok() {
	local description=$1 status=0
	shift
	"$@" >&2 || status=$?
	tap_result "$status" "$description"
	[ "$status" -eq 0 ] || diag "status $status: $*"
}

# not_ok DESCRIPTION COMMAND... - the command must fail.
not_ok() {
	local description=$1 status=0
	shift
	"$@" >&2 || status=$?
	tap_result "$((status == 0))" "$description"
	[ "$status" -ne 0 ] || diag "succeeded: $*"
}

# exits STATUS DESCRIPTION COMMAND... - the command must end with that status.
exits() {
	local wanted=$1 description=$2 status=0
	shift 2
	"$@" >&2 || status=$?
	is "$status" "$wanted" "$description"
}

# is GOT WANTED DESCRIPTION
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		diag "     got: $1"
		diag "  wanted: $2"
	fi
}

# like GOT REGEX DESCRIPTION - bash's =~, somewhere in GOT.
like() {
	if [[ $1 =~ $2 ]]; then
		pass "$3"
	else
		fail "$3"
		diag "           got: $1"
		diag "  wanted match: $2"
	fi
}

# unlike GOT REGEX DESCRIPTION
unlike() {
	if [[ $1 =~ $2 ]]; then
		fail "$3"
		diag "              got: $1"
		diag "  must not match: $2"
	else
		pass "$3"
	fi
}

# skip N REASON - N planned checks cannot be made here.
skip() {
	local n=$1
	shift
	while [ "$n" -gt 0 ]; do
		tap_count=$((tap_count + 1))
		echo "ok $tap_count # SKIP $*"
		n=$((n - 1))
	done
}

# skip_all REASON - nothing of this test can run here; ends it.
# May also come after plan, as long as no check has been made.
skip_all() {
	if [ "$tap_count" -gt 0 ]; then
		bail_out "skip_all after the first check"
	elif [ -n "$tap_planned" ]; then
		skip "$tap_planned" "$*"
	else
		echo "1..0 # SKIP $*"
	fi
	exit 0
}

# bail_out REASON - the harness is broken; nothing is known. Ends the test.
bail_out() {
	echo "Bail out! $*"
	exit 99
}

# undo_with COMMAND... - run this when the test ends, however it ends; last in,
# first out. A command that fails makes the test fail.
undo_with() {
	tap_undo+=("$(printf '%q ' "$@")")
}

# on_failure COMMAND... - run this before the undoing when the test has failed,
# to leave what a reader of the log needs.
on_failure() {
	tap_on_failure+=("$(printf '%q ' "$@")")
}

tap_end() {
	local status=$? i
	trap '' INT TERM HUP
	trap - ERR EXIT
	set +e
	if [ "$status" -ne 0 ] && [ -n "$tap_died_at" ]; then
		diag "died with status $status at $tap_died_at"
	fi
	if [ "$status" -ne 0 ] || [ "$tap_failed" -gt 0 ]; then
		for i in "${tap_on_failure[@]}"; do
			eval "$i" >&2
		done
	fi
	for ((i = ${#tap_undo[@]} - 1; i >= 0; i--)); do
		if ! eval "${tap_undo[i]}" >&2; then
			diag "could not undo: ${tap_undo[i]}"
			[ "$status" -ne 0 ] || status=1
		fi
	done
	if [ "$status" -eq 0 ] && [ "$tap_failed" -gt 0 ]; then
		status=1
	fi
	exit "$status"
}
trap tap_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'tap_died_at=${BASH_SOURCE[0]}:$LINENO' ERR

# $tmp: a scratch directory of this test, gone when it ends.
tmp=$(mktemp -d "${TMPDIR:-/tmp}/pinfs-test.XXXXXX")
undo_with rm -rf --one-file-system "$tmp"
