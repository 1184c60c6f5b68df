/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the file and the pipe that writers take their bytes from. */
#include "client/writers/feed.h"

int feed_make_file(struct trial *trial)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "create fd=s path=%s size=%d gen=%d", trial->source,
			  TRIAL_LEN, TRIAL_GENERATION_NEW);
}

int feed_drop_file(struct trial *trial)
{
	int err = trial_step(trial, trial->site->writer, NULL, "close fd=s");

	return err ? err : trial_step(trial, trial->site->writer, NULL,
				      "unlink path=%s", trial->source);
}

int feed_make_pipe(struct trial *trial)
{
	int err = trial_step(trial, trial->site->writer, NULL, "pipe fd=p");

	return err ? err :
		trial_step(trial, trial->site->writer, NULL,
			   "write fd=p.w len=%d gen=%d file=%s", TRIAL_LEN,
			   TRIAL_GENERATION_NEW, trial->target);
}

int feed_drop_pipe(struct trial *trial)
{
	int err = trial_step(trial, trial->site->writer, NULL, "close fd=p.r");

	return err ? err : trial_step(trial, trial->site->writer, NULL,
				      "close fd=p.w");
}
