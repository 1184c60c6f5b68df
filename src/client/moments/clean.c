/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns how a page is written back and seen to be clean. */
#include "client/moments/clean.h"

#include <errno.h>

#include "client/ondir.h"

/* tmpfs has no page that is clean, and no writeback that could have ended. */
static bool may_stay_dirty(struct trial *trial)
{
	const char *why;

	return trial->home && ondir_has(trial->site, ONDIR_DROPS, &why) == 0;
}

static int check_clean(struct trial *trial)
{
	bool dirty;
	int err = trial_is_dirty(trial, &dirty);

	if (!err && dirty && !may_stay_dirty(trial))
		err = trial_fail(trial, -EAGAIN,
				 "the page is not clean after fsync");
	return err;
}

/* Proof that writeback has ended: fsync returned, the store has the bytes. */
int clean_enter(struct trial *trial)
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
