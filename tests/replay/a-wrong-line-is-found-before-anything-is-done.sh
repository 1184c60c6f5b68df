#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a schedule with a line that is not understood, or a wrong command
#           line, gives one line on standard error that says where and what,
#           nothing on standard output, status 2, and nothing is done.
# Refuted by: another status, several lines, another line number, a file that a
#             line before the wrong one has made.
# Proof of coverage: the same schedule without its last line makes the file.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
plan 34
mount_pinfs

head='a: create fd=f path=made size=4k
hold op=read

# the wrong one:'

# refused WHAT PATTERN COMMAND...
refused() {
	local what=$1 pattern=$2 status=0
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	is "$status $(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" '2 1 0' \
		"$what: status 2, one line"
	like "$(<"$tmp/err")" "$pattern" "$what: it says what"
}

file=$tmp/schedule
while IFS='|' read -r line pattern; do
	printf '%s\n%s\n' "$head" "$line" >"$file"
	refused "$line" "^pinctl: $file:5: $pattern" pinctl replay "$mnt" "$file"
done <<'END'
a: fsink fd=f|'fsink' is not a step
a: fsync fd=f length=3|'length=' is not a word of fsync
a: fsync|fsync needs fd=
holt op=read|'holt' is neither
hold op=read when=now|'when=' is not a word of hold
list => ENOSUCH|'ENOSUCH' is not ok, any or
list => held>=few|'few' in 'held>=few' is not a number
expect event=nothing|'nothing' is not an event
join x|no step before this line was started as 'x'
mark text="x|unbalanced quotes
END
printf '%s\nli\0st\n' "$head" >"$file"
refused "a NUL byte" "$file:5: the line holds a NUL" pinctl replay "$mnt" "$file"
refused "also without a mount" "$file:5: " pinctl replay "$tmp/none" "$file"
refused "no file" "cannot read '$tmp/none'" pinctl replay "$mnt" "$tmp/none"
refused "repeat" "repeat=0 is not" pinctl replay --repeat=0 "$mnt" "$file"
refused "timeout" "timeout=0 is not" pinctl replay --timeout=0 "$mnt" "$file"
refused "options" "is for a temporary mount" pinctl replay -o x "$mnt" "$file"

is "$(ls "$mnt")" '' "nothing was done"
printf '%s\n' "$head" >"$file"
pinctl replay "$mnt" "$file" >&2
is "$(ls "$mnt")" made "without the wrong line it is"
