/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns how the process that a page is pinned for lets go of it, and how it dies. */
#include "client/moments/owner.h"

#include <errno.h>
#include <string.h>

#include "client/lookout.h"
#include "common/clock.h"

enum { LOOK_NS = 200000 };	/* between two looks at a process [ns] */

/* Of a file that is not on the mount no WRITE can be held. */
static int hold_write(struct trial *trial)
{
	return trial->home ? 0 :
		trial_hold(trial, &trial->write_gate,
			   "op=write path=/%s at=reply", trial->target);
}

int owner_lets_go(struct trial *trial, const char *call)
{
	int err;

	if (trial->home)
		return trial_step(trial, trial->site->writer, NULL, "%s", call);
	err = hold_write(trial);
	if (!err)
		err = trial_start_aside(trial, trial->site->writer, "%s", call);
	if (!err)
		err = trial_wait_held(trial, trial->write_gate,
				      trial->site->step_ns);
	return err == -EAGAIN ? trial_fail(trial, -ETIMEDOUT, "no WRITE came "
					   "of '%s'", call) : err;
}

int owner_has_let_go(struct trial *trial)
{
	return trial->home ? 0 :
		trial_end_aside(trial, "the owner could not let go");
}

/*
 * One look. Return: 0 go on; 1 it is as far as it gets: kept by what its call
 * waits for, or at its end; negative: as a phase.
 */
static int look_at_end(struct trial *trial, struct lookout *lookout,
		       struct taskstate_watch *watch)
{
	struct stepper *writer = trial->site->writer;
	struct taskstate asleep;
	int dying = lookout_dying(lookout, &asleep);

	if (dying < 0)
		return trial_fail(trial, dying, "cannot look at the owner: %s",
				  strerror(-dying));
	if (!dying)
		return 0;
	return stepper_has_ended(writer) ||
	       (taskstate_stuck(watch, &asleep) &&
		!taskstate_waits_for_page(&asleep));
}

/* Return: as trial_wait_held(). */
static int await_write(struct trial *trial)
{
	if (trial->write_gate)
		return trial_wait_held(trial, trial->write_gate, LOOK_NS);
	clock_sleep_ns(LOOK_NS);
	return -EAGAIN;
}

/* Until it is, or writes back already: then its WRITE is held. */
static int await_end(struct trial *trial, struct lookout *lookout)
{
	uint64_t end_ns = clock_deadline_ns(trial->site->step_ns);
	struct taskstate_watch watch = { 0 };
	int err;

	while ((err = await_write(trial)) == -EAGAIN) {
		err = look_at_end(trial, lookout, &watch);
		if (err)
			return err < 0 ? err :
				trial_drop_gate(trial, &trial->write_gate);
		if (clock_now_ns() >= end_ns)
			return trial_fail(trial, -ETIMEDOUT, "the owner does "
					  "not begin to end");
	}
	return err;
}

int owner_dies(struct trial *trial, int (*end)(struct trial *trial))
{
	struct lookout *lookout = NULL;
	int err = hold_write(trial);

	if (!err && lookout_create(stepper_pid(trial->site->writer), &lookout))
		err = trial_fail(trial, -EIO, "nobody can look at the owner");
	if (!err)
		err = end(trial);
	if (!err) {
		trial->owner_gone = true;
		err = await_end(trial, lookout);
	}
	lookout_destroy(lookout);
	return err;
}

int owner_is_gone(struct trial *trial)
{
	int err = 0;

	if (trial->write_gate)
		err = trial_release(trial, &trial->write_gate);
	if (err)
		return err;
	err = site_respawn_writer(trial->site);
	return err ? trial_fail(trial, err, "no other writer: %s",
				strerror(-err)) : 0;
}
