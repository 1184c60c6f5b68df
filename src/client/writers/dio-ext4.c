/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-ext4": an O_DIRECT read of a file of ext4, on a loop
 * device on the mount, into the page: stage-read.c.
 */
#include "client/writers/stage-read.h"
#include "client/writers/writers.h"

const struct scenario_writer dio_ext4_writer = {
	.part = {
		.name = "dio-ext4",
		.help = "an O_DIRECT read of an ext4 file into the page",
		.about = "A file of another filesystem is read into the "
			 "page: fs/ext4/file.c, ext4_dio_read_iter(), by "
			 "fs/iomap/direct-io.c, iomap_dio_bio_iter(), which "
			 "pins the page for the bio and dirties it before "
			 "the bio is sent (bio_set_pages_dirty()). Writeback "
			 "of the page cleans it while the bio is under way; "
			 "its end finds that (bio_check_pages_dirty()) and "
			 "leaves the dirtying to a worker, so that it may "
			 "come after the read(2) has returned. That late "
			 "dirtying is what makes the bytes reach the store "
			 "at all: UNSTABLE here is CASE 1 of "
			 "pin_user_pages.rst, where a filesystem that has "
			 "let go of what it needs for a dirty page (buffers, "
			 "reserved blocks) gets one that it was never told "
			 "about.",
		.is = PART_BY_ADDRESS | PART_HOLDS,
		.probe = stage_read_probe,
	},
	.detail = "ext4",
	.pin_case = "1",
	.pins = 1,
	.granule = 512,
	.start = stage_read_start,
	.write = trial_let_land,
	.undo = stage_read_undo,
};
