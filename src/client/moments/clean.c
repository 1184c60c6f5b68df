/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns how a page is written back and seen to be clean. */
#include "client/moments/clean.h"

#include <errno.h>

#include "client/ondir.h"

/*
 * On tmpfs every page is dirty: fsync(2) does nothing there (mm/shmem.c:
 * noop_fsync(), noop_dirty_folio(), 6.18). There is no clean page to wait for.
 */
static bool writes_nothing_back(const struct trial *trial)
{
	const char *why;

	return trial->home && ondir_has(trial->site, ONDIR_DROPS, &why) == 0;
}

static int check_clean(struct trial *trial)
{
	bool dirty;
	int err = trial_is_dirty(trial, &dirty);

	if (!err && dirty && writes_nothing_back(trial))
		return 0;
	if (!err && dirty)
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
