/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns how a page of a filesystem with two copies of everything is kept between
 * them: the WRITE of one device has been answered, that of the other waits in
 * the kernel (trial-leg.c), and brings what is in the page by then.
 *
 * Seen before anybody writes: that the first WRITE to the one device has the
 * page's bytes, so that it is no other; that fsync(2) sleeps, and that the page
 * is under writeback. And that the other device's did not come meanwhile, when
 * its lock is let go: it was still held.
 */
#include "client/moments/one-leg.h"

#include <errno.h>

#include "client/errname.h"
#include "client/moments/queued-write.h"
#include "client/stage.h"
#include "common/clock.h"

/* Is what is held the page? On the device by now, as its reply is held. */
static int check_held(struct trial *trial)
{
	struct stepper_result result;
	char digests[TRIAL_DIGESTS_SIZE];
	int err = trial_held_place(trial, trial->write_gate,
				   &trial->leg_place);

	if (!err)
		err = trial_step(trial, trial->site->observer, &result,
				 "digest fd=d off=%ld len=%u",
				 trial->leg_place, trial->seen);
	if (err)
		return err;
	if (!trial_word(&result, "digest", digests, sizeof(digests)))
		return trial_fail(trial, -EPROTO, "no digest in '%s'",
				  result.text);
	return trial_bytes(trial, digests) == JUDGE_OLD ? 0 :
		trial_fail(trial, -EAGAIN, "something else was written first");
}

static int await_first(struct trial *trial)
{
	int err = trial_wait_held(trial, trial->write_gate,
				  trial->site->step_ns);

	if (err == -EAGAIN)
		return trial_fail(trial, -ETIMEDOUT, "no WRITE came");
	if (!err)
		err = check_held(trial);
	return err ? err : trial_release(trial, &trial->write_gate);
}

int one_leg_enter(struct trial *trial)
{
	uint64_t end_ns = clock_deadline_ns(trial->site->step_ns);
	int err = trial_stop_leg(trial);

	if (err)
		return err;
	trial->facts.queued = true;
	err = trial_hold(trial, &trial->write_gate, "op=write ino=%llu at=reply",
			 (unsigned long long)trial->stage->ino);
	if (!err)
		err = trial_start_aside(trial, trial->site->observer,
					"fsync fd=t");
	if (!err)
		err = await_first(trial);
	if (!err)
		err = queued_write_await_sleep(trial, end_ns);
	return err ? err : queued_write_check_page(trial);
}

int one_leg_leave(struct trial *trial)
{
	struct stepper_result result = { .ok = true };
	int err;

	trial->let_go_ns = clock_now_ns();
	err = trial_let_leg_go(trial);
	if (!err)
		err = trial_finish_aside(trial, &result);
	if (!err && !result.ok)
		err = trial_fail(trial, -EIO, "fsync(2): %s",
				 errname_from(result.err));
	return err ? err : trial->left(trial);
}
