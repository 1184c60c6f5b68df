/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the writer "splice-in": splice(2) from a pipe into the file's page. */
#include "client/writers/writers.h"

/* The pipe's bytes say that they are the target's, as those of pwrite do. */
static int start(struct trial *trial)
{
	int err = trial_step(trial, trial->site->writer, NULL, "pipe fd=p");

	return err ? err :
		trial_step(trial, trial->site->writer, NULL,
			   "write fd=p.w len=%d gen=%d file=%s", TRIAL_LEN,
			   TRIAL_GENERATION_NEW, trial->target);
}

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE);
	return trial_start_call(trial, "splice in=p.r out=t off=0 len=%d",
				TRIAL_LEN);
}

static int undo(struct trial *trial)
{
	int err = trial_step(trial, trial->site->writer, NULL, "close fd=p.r");

	return err ? err : trial_step(trial, trial->site->writer, NULL,
				      "close fd=p.w");
}

const struct scenario_writer splice_in_writer = {
	.name = "splice-in",
	.help = "splice(2) from a pipe into the page",
	.pin_case = "no pin",
	.start = start,
	.write = write_page,
	.undo = undo,
};
