/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "after-writeback": writeback has come and gone and the page
 * is clean when the bytes land, so that somebody has to dirty it again.
 */
#include <errno.h>

#include "client/moments/moments.h"

static int check_clean(struct trial *trial)
{
	bool dirty;
	int err = trial_is_dirty(trial, &dirty);

	if (!err && dirty)
		err = trial_fail(trial, -EAGAIN,
				 "the page is not clean after fsync");
	return err;
}

/* Proof that writeback has ended: fsync returned, the store has the bytes. */
static int enter(struct trial *trial)
{
	char digests[TRIAL_DIGESTS_SIZE];
	int err = trial_step(trial, trial->site->observer, NULL,
			     "sync-range fd=t");

	if (!err)
		err = trial_step(trial, trial->site->observer, NULL,
				 "fsync fd=t");
	if (!err)
		err = trial_store_digest(trial, digests);
	if (!err && trial_bytes(trial, digests) != JUDGE_OLD)
		err = trial_fail(trial, -EIO, "after fsync the store does not "
				 "have the page's bytes");
	return err ? err : check_clean(trial);
}

const struct scenario_moment after_writeback_moment = {
	.part = {
		.name = "after-writeback",
		.help = "after the page's writeback has ended",
		.about = "Writeback has ended and the page is clean before "
			 "the bytes land. Whoever writes must dirty it "
			 "again, or the bytes never reach the store (LOST): "
			 "a pin does that when it is dropped "
			 "(unpin_user_pages_dirty_lock() and its like).",
		.needs = PART_ON_MOUNT,
	},
	.window = false,
	.enter = enter,
};
