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
	char digest[DIGEST_HEX_SIZE];
	int err = trial_step(trial, trial->site->observer, NULL,
			     "sync-range fd=t");

	if (!err)
		err = trial_step(trial, trial->site->observer, NULL,
				 "fsync fd=t");
	if (!err)
		err = trial_store_digest(trial, digest);
	if (!err && trial_bytes(trial, digest) != JUDGE_OLD)
		err = trial_fail(trial, -EIO, "after fsync the store does not "
				 "have the page's bytes");
	return err ? err : check_clean(trial);
}

const struct scenario_moment after_writeback_moment = {
	.name = "after-writeback",
	.help = "after the page's writeback has ended",
	.window = false,
	.enter = enter,
};
