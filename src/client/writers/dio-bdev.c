/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-bdev": an O_DIRECT read of a loop device, whose image
 * is on the mount, into the page: stage-read.c.
 */
#include "client/writers/stage-read.h"
#include "client/writers/writers.h"

const struct scenario_writer dio_bdev_writer = {
	.part = {
		.name = "dio-bdev",
		.help = "an O_DIRECT read of a block device into the page",
		.about = "The read pins its destination when it makes the "
			 "bio (block/fops.c, __blkdev_direct_IO_simple(): "
			 "bio_iov_iter_get_pages()), and dirties it when the "
			 "bio has ended (bio_release_pages()), both without "
			 "a look at writeback. In between the loop driver "
			 "has the image read into the very pages of the bio, "
			 "and the image's READ is held. The caller's own "
			 "filesystem never sees a request: what happens to "
			 "its page cache is decided by the block layer. "
			 "UNSTABLE is CASE 1 of pin_user_pages.rst; HIDDEN "
			 "up to 6.15, where FUSE sent a copy of the page.",
		.is = PART_BY_ADDRESS | PART_HOLDS,
		.probe = stage_read_probe,
	},
	.detail = "bdev",
	.pin_case = "1",
	.pins = 1,
	.granule = 512,
	.start = stage_read_start,
	.write = trial_let_land,
	.undo = stage_read_undo,
};
