/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-xfs": an O_DIRECT read of a file of XFS, on a loop
 * device on the mount, into the page: stage-read.c.
 */
#include "client/writers/stage-read.h"
#include "client/writers/writers.h"

const struct scenario_writer dio_xfs_writer = {
	.part = {
		.name = "dio-xfs",
		.help = "an O_DIRECT read of an XFS file into the page",
		.about = "As dio-ext4, for fs/xfs/xfs_file.c, "
			 "xfs_file_dio_read(), goes by the same "
			 "iomap_dio_rw(): it is here to show that what "
			 "becomes of the page depends on the page's "
			 "filesystem and not on the one that is read.",
		.is = PART_BY_ADDRESS | PART_HOLDS,
		.probe = stage_read_probe,
	},
	.detail = "xfs",
	.pin_case = "1",
	.pins = 1,
	.granule = 512,
	.start = stage_read_start,
	.write = trial_let_land,
	.undo = stage_read_undo,
};
