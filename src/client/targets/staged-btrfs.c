/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the target "stage:btrfs": a file of btrfs, on a loop device on the mount. */
#include "client/targets/file.h"
#include "client/targets/staged.h"
#include "client/targets/targets.h"

static int probe(struct trial *trial)
{
	return staged_probe(trial, "btrfs");
}

const struct scenario_target staged_btrfs_target = {
	.part = {
		.name = "stage:btrfs",
		.help = "a file of btrfs on the mount",
		.about = "A file of btrfs on a loop device, whose image is a "
			 "file on this mount, mapped shared. btrfs never "
			 "overwrites: a page that became dirty without its "
			 "knowing has no place reserved, and writeback first "
			 "has to make one (fs/btrfs/inode.c: "
			 "btrfs_writepage_cow_fixup(), in 6.18). The store "
			 "is what the device has where the file says by "
			 "then.",
		.is = STAGED_IS,
		.needs = STAGED_NEEDS,
		.rejects = STAGED_REJECTS,
		.probe = probe,
	},
	STAGED_PHASES,
};
