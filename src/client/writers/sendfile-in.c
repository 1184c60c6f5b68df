/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "sendfile-in": sendfile(2) from another file of the mount
 * into the page; inside the kernel a splice through a pipe of its own.
 */
#include "client/writers/feed.h"
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->source, CONTENT_WRITER_CREATE);
	return trial_start_call(trial, "sendfile in=s in-off=0 out=t off=0 "
				"len=%d", TRIAL_LEN);
}

const struct scenario_writer sendfile_in_writer = {
	.name = "sendfile-in",
	.help = "sendfile(2) from another file into the page",
	.pin_case = "no pin",
	.start = feed_make_file,
	.write = write_page,
	.undo = feed_drop_file,
};
