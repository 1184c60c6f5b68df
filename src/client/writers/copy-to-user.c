/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "copy-to-user": read(2) of a pipe into the mapping. No pin:
 * the kernel's copy goes through the page table, as a CPU store does, and
 * faults and waits where that would (fs/fuse/file.c: fuse_page_mkwrite(), 6.1
 * to 6.18).
 */
#include "client/writers/feed.h"
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE);
	return trial_start_call(trial, "read-into fd=p.r len=%d into=m at=0",
				TRIAL_LEN);
}

const struct scenario_writer copy_to_user_writer = {
	.name = "copy-to-user",
	.help = "read(2) of a pipe into the mapping",
	.pin_case = "control",
	.start = feed_make_pipe,
	.write = write_page,
	.undo = feed_drop_pipe,
};
