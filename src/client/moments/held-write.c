/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns how a page is brought under writeback and kept there: its WRITE has been
 * stored and its reply is held.
 */
#include "client/moments/held-write.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"

enum { TRY_NS = 200000000 };	/* [ns] */

/*
 * No WRITE came. sync_file_range(2) may have done nothing (FUSE's writeback
 * does nothing at a congested connection: fs/fuse/file.c, fuse_writepages(),
 * 6.18), then it is asked again; or the flusher was faster and the page is
 * clean.
 */
static int ask_again(struct trial *trial, enum judge_bytes bytes)
{
	char digests[TRIAL_DIGESTS_SIZE];
	int err = trial_store_digest(trial, digests);

	if (!err && trial_bytes(trial, digests) == bytes)
		return trial_fail(trial, -EAGAIN, "the kernel wrote the page "
				  "back before it was asked to");
	return err ? err : trial_step(trial, trial->site->observer, NULL,
				      "sync-range fd=t");
}

int held_write_enter(struct trial *trial, enum judge_bytes bytes)
{
	uint64_t end_ns = clock_deadline_ns(trial->site->step_ns);
	int err = trial_hold(trial, &trial->write_gate,
			     "op=write path=/%s at=reply", trial->target);

	if (!err)
		err = trial_step(trial, trial->site->observer, NULL,
				 "sync-range fd=t");
	while (!err) {
		err = trial_wait_held(trial, trial->write_gate, TRY_NS);
		if (err != -EAGAIN)
			break;
		if (clock_now_ns() >= end_ns)
			return trial_fail(trial, -ETIMEDOUT, "no WRITE came");
		err = ask_again(trial, bytes);
	}
	return err;
}

int held_write_leave(struct trial *trial)
{
	trial->let_go_ns = clock_now_ns();
	return trial_release(trial, &trial->write_gate);
}
