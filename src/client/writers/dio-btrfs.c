/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-btrfs": an O_DIRECT read of a file of btrfs, on a loop
 * device on the mount, into the page: stage-read.c.
 */
#include "client/writers/stage-read.h"
#include "client/writers/writers.h"

const struct scenario_writer dio_btrfs_writer = {
	.part = {
		.name = "dio-btrfs",
		.help = "an O_DIRECT read of a btrfs file into the page",
		.about = "As dio-ext4, by fs/btrfs/direct-io.c, "
			 "btrfs_direct_read(), 6.18. It takes only pages "
			 "that can be written to as they are "
			 "(iov_iter.nofault); for others, a page under "
			 "writeback among them, it reads through its own "
			 "page cache and copies, and then nothing is pinned. "
			 "btrfs compares what it has read with its checksum "
			 "once the bio has ended (btrfs_check_read_bio()), "
			 "and looks into the caller's page to do so: whoever "
			 "writes to the page meanwhile makes a checksum "
			 "error of a good disk. Here nobody does; the READ "
			 "is answered with the true bytes.",
		.is = PART_BY_ADDRESS | PART_HOLDS,
		.probe = stage_read_probe,
	},
	.detail = "btrfs",
	.pin_case = "1",
	.pins = 1,
	.granule = 4096,
	.start = stage_read_start,
	.write = trial_let_land,
	.undo = stage_read_undo,
};
