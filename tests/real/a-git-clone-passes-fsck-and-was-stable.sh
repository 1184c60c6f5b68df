#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: git clone to the mount, git fsck --full there, and a commit and gc
#           work as anywhere; the checked out files are the original's, and no
#           page changed under writeback.
# Refuted by: an error of git, a difference, an event.
# Proof of coverage: as in restless.sh; fsck in SOURCE, behind the mount, finds
#                    the same.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/restless.sh"
require_fuse
require_prog git jq
files=$(full 20000 2000)
require_space "$tmp" $((files / 8 + 100))
plan 10
seed=$RANDOM
diag "seed $seed"

# Nothing of the machine's own configuration.
export HOME=$tmp GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
git config --global user.name tester
git config --global user.email tester@localhost
git config --global gc.auto 0
git config --global safe.directory '*'
git config --global init.defaultBranch main

file-tree "$tmp/tree" "$files" "$seed"
git -C "$tmp/tree" init -q
git -C "$tmp/tree" add .
git -C "$tmp/tree" commit -q -m first

mount_pinfs -o event_limit=1000000
restless_start
ok "git clone" git clone -q --no-local "file://$tmp/tree" "$mnt/clone"
ok "git fsck --full" git -C "$mnt/clone" fsck --full
echo 'one more line' >>"$mnt/clone/file0.c"
ok "git commit" git -C "$mnt/clone" commit -q -a -m second
ok "git gc" git -C "$mnt/clone" gc -q
restless_end
ok "fsck finds the same in SOURCE" git -C "$src/clone" fsck --full --strict
is "$(git -C "$src/clone" status --porcelain)" '' "whose files are unchanged"
echo 'one more line' >>"$tmp/tree/file0.c"
ok "the same as the original's" diff -r --no-dereference -x .git \
	"$tmp/tree" "$src/clone"
is "$(counter live_writes),$(counter copied_writes)" "$(counter writes),0" \
	"all WRITEs were looked at twice"
umount_pinfs
