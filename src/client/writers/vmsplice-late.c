/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "vmsplice-late": a page is lent to a pipe, the CPU stores
 * into it, and then the pipe goes into another file of the mount.
 */
#include "client/writers/feed.h"
#include "client/writers/late.h"
#include "client/writers/writers.h"

static int start(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	int err = trial_step(trial, writer, NULL, "pipe fd=p");

	if (!err)
		err = late_open(trial, false);
	return err ? err : trial_step(trial, writer, NULL, "vmsplice mem=m "
				      "off=%llu len=%u out=p.w", late_at(trial),
				      trial->len);
}

static int write_page(struct trial *trial)
{
	return store_writer.write(trial);
}

static int collect(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	int err = trial_step(trial, writer, NULL, "splice in=p.r out=s off=0 "
			     "len=%u", trial->len);

	if (!err)
		err = trial_step(trial, writer, NULL, "fsync fd=s");
	return err ? err : late_collect(trial, "read fd=s off=0 len=%u",
					trial->len);
}

static int undo(struct trial *trial)
{
	int err = feed_drop_pipe(trial);

	return err ? err : feed_drop_file(trial);
}

const struct scenario_writer vmsplice_late_writer = {
	.part = {
		.name = "vmsplice-late",
		.help = "a store into a page that was lent to a pipe",
		.about = "vmsplice(2) puts the page itself into the pipe: "
			 "iov_iter_get_pages2() in fs/splice.c "
			 "(iter_to_pipe()), a plain reference up to 7.3, "
			 "CASE 4, for as long as it lies there. It does not "
			 "let a store through: that waits for writeback as "
			 "any other (BLOCKED), the page is stable. But what "
			 "comes out of the pipe are the bytes of later: "
			 "UNSTABLE says that the other side, here a file "
			 "that was declared to get those of the call, has "
			 "others, and that the daemon noticed.",
		.is = PART_BY_ADDRESS | PART_SOURCE,
		.needs = PART_ON_MOUNT,
	},
	.pin_case = "4, by get",
	.start = start,
	.write = write_page,
	.collect = collect,
	.undo = undo,
};
