/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the writer "splice-in": splice(2) from a pipe into the file's page. */
#include "client/writers/feed.h"
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE);
	return trial_start_call(trial, "splice in=p.r out=t off=0 len=%d",
				TRIAL_LEN);
}

const struct scenario_writer splice_in_writer = {
	.name = "splice-in",
	.help = "splice(2) from a pipe into the page",
	.pin_case = "no pin",
	.start = feed_make_pipe,
	.write = write_page,
	.undo = feed_drop_pipe,
};
