/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns how one of two devices of a trial's filesystem is kept from writing while
 * the other goes on. An O_DIRECT write to its image is held; it has the lock of
 * the inode until it returns (fs/fuse/file.c: fuse_cache_write_iter(), 6.18), so
 * that a write of the loop device waits for that lock, and nobody has looked at
 * its page yet. btrfs has nothing where that write goes: its first byte on a
 * device is the superblock, at 64 KiB (BTRFS_SUPER_INFO_OFFSET).
 *
 * A pause of the whole mount could not do it: both devices' WRITEs wait in one
 * queue, and either may be the first.
 */
#include <errno.h>
#include <string.h>

#include "client/ctlclient.h"
#include "client/stage.h"
#include "client/trial.h"
#include "common/clock.h"

static uint64_t deadline_ns(const struct trial *trial)
{
	return clock_deadline_ns(trial->site->step_ns);
}

static int start_write(struct trial *trial)
{
	pid_t tid;
	int err = stepper_start(trial->site->observer, deadline_ns(trial),
				&trial->leg_step, &tid,
				"write fd=e off=0 len=%d gen=1", SHAPE_PAGE);

	if (err)
		return trial_fail(trial, err, "cannot start a write to an "
				  "image: %s", strerror(-err));
	trial->leg = trial->site->observer;
	return 0;
}

int trial_stop_leg(struct trial *trial)
{
	int err = trial_hold(trial, &trial->leg_gate,
			     "op=write ino=%llu off=0 len=%d at=reply",
			     (unsigned long long)trial->stage->mirror_ino,
			     SHAPE_PAGE);

	if (!err)
		err = start_write(trial);
	if (!err)
		err = trial_wait_held(trial, trial->leg_gate,
				      trial->site->step_ns);
	return err == -EAGAIN ?
		trial_fail(trial, -ETIMEDOUT, "a write to an image did not "
			   "come") : err;
}

int trial_end_leg(struct trial *trial)
{
	struct stepper *stepper = trial->leg;
	struct stepper_result result;
	int err;

	if (!stepper)
		return 0;
	trial->leg = NULL;
	err = stepper_wait(stepper, trial->leg_step, deadline_ns(trial),
			   &result);
	if (!err && !result.ok)
		err = -result.err;
	return err ? trial_fail(trial, err, "a write to an image: %s",
				strerror(-err)) : 0;
}

int trial_let_leg_go(struct trial *trial)
{
	int err = trial_release(trial, &trial->leg_gate);

	return err ? err : trial_end_leg(trial);
}

/* Of the reply to "list". -1: it holds nothing. */
static long place_of(const json_t *reply, long gate)
{
	const json_t *held;
	size_t i;

	json_array_foreach(json_object_get(reply, "held"), i, held)
		if (json_integer_value(json_object_get(held, "gate")) == gate)
			return (long)json_integer_value(
				json_object_get(held, "off"));
	return -1;
}

int trial_held_place(struct trial *trial, long gate, long *off_ret)
{
	json_t *reply;
	int err = ctlclient_call(trial->site->control, deadline_ns(trial),
				 &reply, "list");

	if (!err) {
		*off_ret = place_of(reply, gate);
		json_decref(reply);
		err = *off_ret < 0 ? -ENOENT : 0;
	}
	return err ? trial_fail(trial, err, "control 'list': %s",
				strerror(-err)) : 0;
}
