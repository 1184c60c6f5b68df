/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the target "stage:xfs": a file of xfs, on a loop device on the mount. */
#include "client/targets/file.h"
#include "client/targets/staged.h"
#include "client/targets/targets.h"

static int probe(struct trial *trial)
{
	return staged_probe(trial, "xfs");
}

const struct scenario_target staged_xfs_target = {
	.part = {
		.name = "stage:xfs",
		.help = "a file of xfs on the mount",
		.about = "A file of xfs on a loop device, whose image is a "
			 "file on this mount, mapped shared. It dirties by "
			 "fs/iomap/buffered-io.c (iomap_dirty_folio(), in "
			 "6.18), overwrites in place, and has nothing to "
			 "take back from a page that was dirtied behind its "
			 "back. The store is what the device has.",
		.is = STAGED_IS,
		.needs = STAGED_NEEDS,
		.rejects = STAGED_REJECTS,
		.probe = probe,
	},
	STAGED_PHASES,
};
