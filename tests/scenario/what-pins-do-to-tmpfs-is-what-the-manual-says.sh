#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl run --on" a directory of tmpfs runs all there is for it, with
#           the verdicts of pinctl(1), the same in every repeat; what a filesystem
#           without writeback cannot have is skipped with that reason, and a store
#           that is the page cache is called that. So it is on ramfs, which lacks
#           O_DIRECT and holes, too.
# Refuted by: a verdict that is not in the table, or not in every repeat; an error;
#             a file that stays; a scenario that says the same when its bytes go
#             elsewhere or when others are planted.
# Proof of coverage: the names are those of the list; what is skipped is there.
. "$srcdir/tests/lib/ondir.sh"
require_root
require_fuse
require_prog jq
plan 12
export TMPDIR=$tmp
mkdir "$tmp/tmpfs"
undo_with unmount "$tmp/tmpfs"
mount -t tmpfs -o size=16m none "$tmp/tmpfs"

check_table tmpfs "$tmp/tmpfs"
is "$(results table 'select(.scenario | test("@(dontneed|drop-caches|pageout):")) |
	select(.verdicts.SKIP) | .note' | sort -u)" \
	"tmpfs: a page that is clean stays in the cache" \
	"why its pages are not thrown out is said"
is "$(results table 'select(.scenario == "store@after-writeback:dir") | .note')" \
	"cache and store agree; store as the page cache has it, which keeps it" \
	"there is no other store, and that is said"

mkdir "$tmp/ramfs"
undo_with unmount "$tmp/ramfs"
mount -t ramfs none "$tmp/ramfs"
ok "ramfs: all is as known" run_table ramfs "$tmp/ramfs"
is "$(results ramfs 'select(.scenario | test("@(direct-write|punch):")) |
	.verdict + " " + .note' | sort -u)" \
	"SKIP ramfs: no holes can be punched
SKIP ramfs: there is no O_DIRECT" "ramfs: what it lacks is skipped and named"
is "$(results ramfs 'select(.scenario == "dio-read@truncate:dir") | .note' |
	sed 's/; . page.* pinned//')" \
	"at the end: mapping old, read(2) old, store old; store as the page cache has it, which keeps it" \
	"ramfs: its store is read all the same"
