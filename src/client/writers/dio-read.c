/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-read": an O_DIRECT read of another file of the mount
 * into the page. The kernel pins the page before it sends the READ, and whoever
 * fills the reply writes into it (fs/fuse/file.c: fuse_direct_io() and
 * fuse_get_user_pages(), 6.18; up to 6.1 it takes a plain reference). So with
 * the READ held the pin lasts as long as we like.
 */
#include <errno.h>

#include "client/pincount.h"
#include "client/writers/writers.h"

static int make_source(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	int err = trial_step(trial, writer, NULL,
			     "create fd=c path=%s size=%d gen=%d",
			     trial->source, TRIAL_LEN, TRIAL_GENERATION_NEW);

	if (!err)
		err = trial_step(trial, writer, NULL, "close fd=c");
	return err ? err : trial_step(trial, writer, NULL,
				      "open fd=s path=%s mode=r direct",
				      trial->source);
}

/* The page is pinned once the READ has come: the kernel pins first. */
static int take(struct trial *trial)
{
	int err = trial_hold(trial, &trial->read_gate,
			     "op=read path=/%s at=arrive", trial->source);

	if (!err)
		err = trial_start_call(trial, "pread fd=s off=0 len=%d into=m "
				       "at=0", TRIAL_LEN);
	if (!err) {
		err = trial_wait_held(trial, trial->read_gate,
				      trial->site->step_ns);
		if (err == -EAGAIN)
			err = trial_fail(trial, -ETIMEDOUT,
					 "no READ came from '%s'",
					 trial->source);
	}
	return err;
}

static int start(struct trial *trial)
{
	struct pincount before, held;
	bool counted;
	int err = make_source(trial);

	if (err)
		return err;
	trial_expect(trial, trial->source, CONTENT_WRITER_CREATE);
	counted = pincount_read(&before) == 0;
	err = take(trial);
	if (!err && counted && pincount_read(&held) == 0)
		trial->pins = (long)(held.acquired - before.acquired);
	return err;
}

static int let_land(struct trial *trial)
{
	return trial_release(trial, &trial->read_gate);
}

static int undo(struct trial *trial)
{
	int err = trial_step(trial, trial->site->writer, NULL, "close fd=s");

	return err ? err : trial_step(trial, trial->site->writer, NULL,
				      "unlink path=%s", trial->source);
}

const struct scenario_writer dio_read_writer = {
	.name = "dio-read",
	.help = "an O_DIRECT read of a file into the page, pinned before",
	.pin_case = "1",
	.pins = 1,
	.start = start,
	.write = let_land,
	.undo = undo,
};
