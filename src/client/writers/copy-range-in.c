/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "copy-range-in": copy_file_range(2) from another file of the
 * mount into the page. The daemon copies, from store to store, so the kernel
 * writes the range back first and waits for it, and throws the page out of its
 * cache afterwards (fs/fuse/file.c: __fuse_copy_file_range() and
 * fuse_writeback_range(), 6.16): no write into the page at all.
 */
#include "client/writers/feed.h"
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->source, CONTENT_WRITER_CREATE, 0);
	return trial_start_call(trial, "copy-range in=s in-off=0 out=t "
				"off=%llu len=%u",
				(unsigned long long)trial->file_at, trial->len);
}

const struct scenario_writer copy_range_in_writer = {
	.part = {
		.name = "copy-range-in",
		.help = "copy_file_range(2) from another file into the page",
		.about = "A filesystem that copies by itself, as this mount "
			 "does, writes the range back first and waits for "
			 "that (fs/fuse/file.c: __fuse_copy_file_range() and "
			 "fuse_writeback_range(), in 6.16), and throws its "
			 "pages out afterwards: BLOCKED, where sendfile is "
			 "not. The kernel never writes into the page.",
		.needs = PART_ON_MOUNT,
	},
	.pin_case = "no pin",
	.extends = true,
	.start = feed_make_file,
	.write = write_page,
	.undo = feed_drop_file,
};
