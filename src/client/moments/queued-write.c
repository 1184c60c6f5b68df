/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns how a page of a filesystem on the mount is brought under writeback and
 * kept there: its WRITE has been given to the mount by the loop device and waits
 * to be received.
 *
 * Four things are seen before anybody writes: nothing is received, a request has
 * come since, fsync(2) sleeps, and the page is under writeback. fsync(2) has to
 * sleep by then: btrfs starts the writing twice (fs/btrfs/file.c:
 * btrfs_sync_file() and start_ordered_ops(), 6.18), and a page that is dirty
 * again at the second time is written again, with the new bytes.
 */
#include "client/moments/queued-write.h"

#include <errno.h>
#include <string.h>

#include "client/errname.h"
#include "client/stage.h"
#include "common/clock.h"

enum { LOOK_NS = 1000000 };	/* between two looks [ns] */

int queued_write_probe(struct trial *trial)
{
	const char *why;
	int err = stage_lack_of_copy(trial->site, trial->stage, &why);

	return err ? trial_fail(trial, err, "%s", why) : 0;
}

static int too_late(struct trial *trial)
{
	return trial_fail(trial, -EAGAIN, "the kernel wrote the page back "
			  "before it was asked to");
}

/* It sleeps for good: in the writeback of this page? */
int queued_write_check_page(struct trial *trial)
{
	bool is = false;
	int err = trial_is_written_back(trial, &is);

	return err || is ? err : too_late(trial);
}

/* Until there is more than before. */
static int await_queued(struct trial *trial, long before, uint64_t end_ns)
{
	long queued = before;
	int err = 0;

	while (!err && queued <= before) {
		if (clock_now_ns() >= end_ns)
			return trial_fail(trial, -ETIMEDOUT, "no WRITE came");
		clock_sleep_ns(LOOK_NS);
		err = trial_queued(trial, &queued);
	}
	return err;
}

int queued_write_await_sleep(struct trial *trial, uint64_t end_ns)
{
	struct taskstate_watch watch = { 0 };
	struct stepper_result result;

	while (!trial_aside_sleeps(trial, &watch)) {
		int err = stepper_wait(trial->aside, trial->aside_step,
				       clock_deadline_ns(LOOK_NS), &result);

		if (err == 0) {
			trial->aside = NULL;
			return too_late(trial);
		}
		if (err != -ETIMEDOUT)
			return trial_fail(trial, err, "fsync: %s",
					  strerror(-err));
		if (clock_now_ns() >= end_ns)
			return trial_fail(trial, -ETIMEDOUT, "fsync(2) does "
					  "not sleep");
	}
	return 0;
}

int queued_write_enter(struct trial *trial)
{
	uint64_t end_ns = clock_deadline_ns(trial->site->step_ns);
	long before;
	int err = trial_pause(trial, &before);

	if (err)
		return err;
	trial->facts.queued = true;
	if (before < 0)
		return trial_fail(trial, -EOPNOTSUPP, "the kernel does not say "
				  "how many requests wait for this mount");
	err = trial_start_aside(trial, trial->site->observer, "fsync fd=t");
	if (!err)
		err = queued_write_await_sleep(trial, end_ns);
	if (!err)
		err = await_queued(trial, before, end_ns);
	return err ? err : queued_write_check_page(trial);
}

static int finish(struct trial *trial)
{
	struct stepper_result result = { .ok = true };
	int err;

	trial->let_go_ns = clock_now_ns();
	err = trial_resume(trial);
	if (!err)
		err = trial_finish_aside(trial, &result);
	if (!err && !result.ok)
		err = trial_fail(trial, -EIO, "fsync(2): %s",
				 errname_from(result.err));
	return err;
}

/*
 * The page is dirty again by then, and sooner or later its bytes would be
 * written as any others are.
 */
int queued_write_leave(struct trial *trial)
{
	int err = finish(trial);

	return err ? err : trial->left(trial);
}
