/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "splice-out-late": a page of the page cache is lent to a
 * pipe, write(2) writes into it, and then the pipe is read.
 */
#include "client/writers/feed.h"
#include "client/writers/late.h"
#include "client/writers/writers.h"

static int start(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	int err = trial_step(trial, writer, NULL, "pipe fd=p");

	return err ? err : trial_step(trial, writer, NULL, "splice in=t "
				      "in-off=%llu out=p.w len=%u",
				      late_at(trial), trial->len);
}

static int write_page(struct trial *trial)
{
	return pwrite_writer.write(trial);
}

static int collect(struct trial *trial)
{
	return late_collect(trial, "read fd=p.r len=%u", trial->len);
}

const struct scenario_writer splice_out_late_writer = {
	.part = {
		.name = "splice-out-late",
		.help = "pwrite(2) into a page that was spliced into a pipe",
		.about = "splice(2) from a file puts pages of the page cache "
			 "into the pipe (mm/filemap.c: "
			 "filemap_splice_read()): a reference, no copy and "
			 "no pin. write(2) into the page then changes what "
			 "is read from the pipe, under writeback or not: "
			 "UNSTABLE says that it has. sendfile(2) to a slow "
			 "socket is the same.",
		.is = PART_SOURCE,
		.needs = PART_ON_MOUNT,
	},
	.pin_case = "no pin",
	.start = start,
	.write = write_page,
	.collect = collect,
	.undo = feed_drop_pipe,
};
