#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whatever a user makes in the mount has the owner, group and mode that
#           it would have had in SOURCE: also in set-group-ID directories, and
#           also where only a supplementary group lets the user in.
# Refuted by: another owner, group or mode than that beside SOURCE.
# Proof of coverage: the same commands beside SOURCE, run first.
. "$srcdir/tests/lib/pinfs.sh"
require_user nobody
require_fuse
plan 5
chmod 755 "$tmp"

# as GROUPS COMMAND... - as user 1234 of group 2345 with supplementary groups.
as() {
	local groups=$1
	shift
	if [ -n "$groups" ]; then
		setpriv --reuid=1234 --regid=2345 --groups="$groups" "$@"
	else
		setpriv --reuid=1234 --regid=2345 --clear-groups "$@"
	fi
}

# Directories that the user may write to, each for another reason.
make_dirs() {
	mkdir "$1/open" "$1/team" "$1/shared"
	chmod 1777 "$1/open"
	chgrp 555 "$1/team" "$1/shared"
	chmod 770 "$1/team"
	chmod 2777 "$1/shared"
}

# Make one of each kind in a directory.
# shellcheck disable=SC2016
make_all='cd "$1" && umask 027 && echo x >file && mkdir dir &&
	ln -s x link && mkfifo fifo && mkdir -m 2775 setgid &&
	name-calls tmpfile . text nameless && ln file second &&
	echo y >old && name-calls rename whiteout old moved'

# what_user_makes DIR - results, owners, groups and modes.
what_user_makes() {
	local dir=$1
	as '' bash -c "$make_all" bash "$dir/open"
	as 555 bash -c "$make_all" bash "$dir/team"
	as '' bash -c "$make_all" bash "$dir/shared"
	mkdir "$dir/shared/member"
	as 555 bash -c "$make_all" bash "$dir/shared" || true
	(cd "$dir" && find . -mindepth 2 -printf '%p %U:%G %m %y\n' | sort)
}

mkdir "$tmp/plain"
make_dirs "$tmp/plain"
wanted=$(what_user_makes "$tmp/plain" 2>/dev/null)
like "$wanted" './team/file 1234:2345' "a supplementary group lets the user in"
like "$wanted" './shared/file 1234:555' "a directory gives its group"

mount_pinfs -o allow_other,default_permissions
make_dirs "$mnt"
is "$(what_user_makes "$mnt" 2>/dev/null)" "$wanted" "the mount does the same"
is "$(cd "$src" && find . -mindepth 2 -path ./.pinfs -prune -o \
	-mindepth 2 -printf '%p %U:%G %m %y\n' | grep -v '^./.pinfs' | sort)" \
	"$(grep '^\./' <<<"$wanted")" "so it is in SOURCE"
umount_pinfs
pass "unmounted"
