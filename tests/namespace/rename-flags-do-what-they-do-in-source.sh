#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: renameat2(2) with RENAME_NOREPLACE, RENAME_EXCHANGE and
#           RENAME_WHITEOUT does in the mount what it does in SOURCE's own
#           filesystem; open files and paths in gates follow.
# Refuted by: another result, or another tree afterwards.
# Proof of coverage: the same calls in a directory beside SOURCE; there at least
#                    NOREPLACE and EXCHANGE succeed.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
plan 8

# calls DIR - the results, and what is there at the end.
calls() {
	(
		cd "$1"
		mkdir a b
		for f in one two three a/four; do
			echo "$f" >"$f"
		done
		name-calls rename none one renamed
		name-calls rename noreplace two three
		name-calls rename noreplace two five
		name-calls rename exchange five three
		name-calls rename exchange a/four b
		name-calls rename exchange three missing
		name-calls rename whiteout renamed b/gone
		name-calls rename noreplace a a/inside
		name-calls rename none three a
		name-calls rename 0x80 three a
		find . -type f -printf '%p ' -exec cat {} \;
		find . \( -type c -o -type d \) -printf '%p %y\n' | sort
	) 2>&1
}

mount_pinfs
mkdir "$tmp/plain" "$mnt/dir"
wanted=$(calls "$tmp/plain" | sort)
like "$wanted" EEXIST "NOREPLACE does not replace"
is "$(calls "$mnt/dir" | sort)" "$wanted" "the mount does what SOURCE does"
is "$(find "$src/dir" -printf '%P %y\n' | sort)" \
	"$(find "$tmp/plain" -printf '%P %y\n' | sort)" "SOURCE has the same tree"

# Two files change places: who had one open still has it.
echo first >"$mnt/x"
echo second >"$mnt/y"
exec 5<"$mnt/x"
is "$(name-calls rename exchange "$mnt/x" "$mnt/y")" ok "exchanged"
is "$(cat <&5)" first "an open file is still the same"
is "$(cat "$mnt/x" "$mnt/y")" $'second\nfirst' "the names have changed places"
exec 5<&-

# A gate's path is the name that a file has now.
mkdir "$mnt/old"
echo text >"$mnt/old/file"
mv "$mnt/old" "$mnt/new"
gate hold op=write path=/new/file deadline=10s >/dev/null
(echo more >>"$mnt/new/file") &
ok "the new path is known" gate wait held=1 timeout=5s
gate clear >/dev/null
wait $!
umount_pinfs
pass "unmounted"
