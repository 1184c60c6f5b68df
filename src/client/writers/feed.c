/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the file and the pipe that writers take their bytes from. */
#include "client/writers/feed.h"

int feed_make_file(struct trial *trial)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "create fd=s path=%s size=%u gen=%d", trial->source,
			  trial->len, TRIAL_GENERATION_NEW);
}

int feed_drop_file(struct trial *trial)
{
	int err = 0;

	if (!trial->owner_gone)
		err = trial_step(trial, trial->site->writer, NULL, "close fd=s");
	return err ? err : trial_unlink(trial, trial->source);
}

int feed_make_pipe(struct trial *trial)
{
	int err = trial_step(trial, trial->site->writer, NULL, "pipe fd=p");

	return err ? err :
		trial_step(trial, trial->site->writer, NULL,
			   "write fd=p.w len=%u gen=%d file=%s", trial->len,
			   TRIAL_GENERATION_NEW, trial->target);
}

int feed_drop_pipe(struct trial *trial)
{
	int err;

	if (trial->owner_gone)
		return 0;
	err = trial_step(trial, trial->site->writer, NULL, "close fd=p.r");
	return err ? err : trial_step(trial, trial->site->writer, NULL,
				      "close fd=p.w");
}
