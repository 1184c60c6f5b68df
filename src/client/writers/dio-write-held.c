/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-write-held": the page is written to another file of the
 * mount with O_DIRECT, the reply is held, and the CPU stores into the page. The
 * daemon looks at the page once more before it answers.
 */
#include <errno.h>

#include "client/writers/feed.h"
#include "client/writers/late.h"
#include "client/writers/writers.h"

static int start(struct trial *trial)
{
	int err = late_open(trial, true);

	if (!err)
		err = trial_hold(trial, &trial->read_gate,
				 "op=write path=/%s at=reply", trial->source);
	if (!err)
		err = late_start_write(trial);
	if (!err)
		err = trial_wait_held(trial, trial->read_gate,
				      trial->site->step_ns);
	if (err == -EAGAIN)
		return trial_fail(trial, -ETIMEDOUT, "no WRITE came to '%s'",
				  trial->source);
	trial->held = !err;
	return err;
}

static int write_page(struct trial *trial)
{
	return store_writer.write(trial);
}

static int collect(struct trial *trial)
{
	int err = trial_let_land(trial);

	return err ? err : late_collect_write(trial);
}

const struct scenario_writer dio_write_held_writer = {
	.part = {
		.name = "dio-write-held",
		.help = "a store into a page that is being written with O_DIRECT",
		.about = "FUSE copies the pages of an O_DIRECT write when "
			 "the daemon receives it (fs/fuse/dev.c: "
			 "fuse_copy_folio(); \"Can't control lifetime of "
			 "pipe buffers\"), so what is changed afterwards "
			 "does not reach it. A block device has the page "
			 "itself all the while: there this is what breaks "
			 "checksums and mirrors, and what 7.0 copies for "
			 "(IOMAP_DIO_BOUNCE). The daemon looks at the "
			 "writer's memory once more before it answers: "
			 "UNSTABLE is its source event. CASE 1, with the "
			 "page as the source.",
		.is = PART_BY_ADDRESS | PART_SOURCE,
		.needs = PART_ON_MOUNT,
	},
	.pin_case = "1",
	.pins = 1,
	.granule = 512,
	.start = start,
	.write = write_page,
	.collect = collect,
	.undo = feed_drop_file,
};
