/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-write-late": the page is written to another file of the
 * mount with O_DIRECT, and the CPU stores into it before the daemon receives the
 * WRITE. What arrives is changed already, which only a declaration tells.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/ctlclient.h"
#include "client/writers/feed.h"
#include "client/writers/late.h"
#include "client/writers/writers.h"
#include "common/clock.h"

/* Return: how many requests are not received, or -errno. */
static long pause_mount(struct trial *trial)
{
	long queued = ctlclient_ask(trial->site->control,
				    clock_deadline_ns(trial->site->step_ns),
				    "queued", "pause scope=connection");

	if (queued < -1)
		trial_fail(trial, (int)queued, "control 'pause': %s",
			   strerror((int)-queued));
	return queued;
}

static int resume_mount(struct trial *trial)
{
	long err = ctlclient_ask(trial->site->control,
				 clock_deadline_ns(trial->site->step_ns), NULL,
				 "resume");

	return err ? trial_fail(trial, (int)err, "control 'resume': %s",
				strerror((int)-err)) : 0;
}

static int start(struct trial *trial)
{
	return late_open(trial, true);
}

/* Until the WRITE waits: nothing else is asked of the mount meanwhile. */
static int wait_for_queue(struct trial *trial)
{
	uint64_t end_ns = clock_deadline_ns(trial->site->step_ns);
	long queued;

	while ((queued = pause_mount(trial)) == 0) {
		if (clock_now_ns() >= end_ns)
			return trial_fail(trial, -ETIMEDOUT, "no WRITE came to "
					  "'%s'", trial->source);
		usleep(100);
	}
	return queued < 0 ? (int)queued : 0;
}

static int write_page(struct trial *trial)
{
	long queued = pause_mount(trial);
	int err = queued < 0 ? (int)queued : late_start_write(trial);

	if (!err)
		err = wait_for_queue(trial);
	return err ? err : store_writer.write(trial);
}

static int collect(struct trial *trial)
{
	int err = resume_mount(trial);

	return err ? err : late_collect_write(trial);
}

const struct scenario_writer dio_write_late_writer = {
	.part = {
		.name = "dio-write-late",
		.help = "a store into a page whose O_DIRECT write waits",
		.about = "The O_DIRECT write has pinned its page and waits "
			 "to be received; only then it is copied "
			 "(fs/fuse/dev.c: fuse_copy_folio()). A store "
			 "meanwhile is not held up by the pin, and what "
			 "arrives are the later bytes, of which nobody but "
			 "the program knows that they are not those of the "
			 "call: UNSTABLE is the declared event, of a program "
			 "that has said before what it will write "
			 "(pinfs-ioctl(2)).",
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
