/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "sendfile-in": sendfile(2) from another file of the mount
 * into the page; inside the kernel a splice through a pipe of its own.
 */
#include "client/writers/feed.h"
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->source, CONTENT_WRITER_CREATE, 0);
	return trial_start_call(trial, "sendfile in=s in-off=0 out=t off=%llu "
				"len=%u", (unsigned long long)trial->file_at,
				trial->len);
}

const struct scenario_writer sendfile_in_writer = {
	.part = {
		.name = "sendfile-in",
		.help = "sendfile(2) from another file into the page",
		.about = "sendfile(2) is a splice through a pipe of the "
			 "kernel's own (fs/splice.c: "
			 "splice_direct_to_actor()), and its second half a "
			 "buffered write: the verdicts are those of pwrite.",
		.needs = PART_ON_MOUNT,
	},
	.pin_case = "no pin",
	.extends = true,
	.start = feed_make_file,
	.write = write_page,
	.undo = feed_drop_file,
};
