/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the writer "splice-in": splice(2) from a pipe into the file's page. */
#include "client/writers/feed.h"
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE, 0);
	return trial_start_call(trial, "splice in=p.r out=t off=%llu len=%u",
				(unsigned long long)trial->file_at, trial->len);
}

const struct scenario_writer splice_in_writer = {
	.part = {
		.name = "splice-in",
		.help = "splice(2) from a pipe into the page",
		.about = "splice(2) from a pipe ends in "
			 "iter_file_splice_write() (fs/splice.c), which "
			 "hands the pipe's pages to write_iter as a bvec: a "
			 "buffered write, so that its verdicts are those of "
			 "pwrite.",
		.needs = PART_ON_MOUNT,
	},
	.pin_case = "no pin",
	.extends = true,
	.start = feed_make_pipe,
	.write = write_page,
	.undo = feed_drop_pipe,
};
