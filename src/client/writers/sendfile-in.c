/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "sendfile-in": sendfile(2) from another file of the mount
 * into the page; inside the kernel a splice through a pipe of its own.
 */
#include "client/writers/writers.h"

static int start(struct trial *trial)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "create fd=s path=%s size=%d gen=%d", trial->source,
			  TRIAL_LEN, TRIAL_GENERATION_NEW);
}

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->source, CONTENT_WRITER_CREATE);
	return trial_start_call(trial, "sendfile in=s in-off=0 out=t off=0 "
				"len=%d", TRIAL_LEN);
}

static int undo(struct trial *trial)
{
	int err = trial_step(trial, trial->site->writer, NULL, "close fd=s");

	return err ? err : trial_step(trial, trial->site->writer, NULL,
				      "unlink path=%s", trial->source);
}

const struct scenario_writer sendfile_in_writer = {
	.name = "sendfile-in",
	.help = "sendfile(2) from another file into the page",
	.pin_case = "no pin",
	.start = start,
	.write = write_page,
	.undo = undo,
};
