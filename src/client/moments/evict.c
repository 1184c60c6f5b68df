/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the witness of the moments that throw pages out of the cache. */
#include "client/moments/evict.h"

#include <errno.h>

#include "client/moments/event.h"

int evict_probe(struct trial *trial)
{
	return trial->home ? event_probe(trial, ONDIR_DROPS, "a page that is "
					 "clean stays in the cache") : 0;
}

/* Beside the target, whose filesystem is to do it. */
static const char *dir_of(const struct trial *trial)
{
	return trial->home ? trial->home : ".";
}

/* Its name is gone at once: nobody has to remember to remove it. */
static int make_witness(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	int err = trial_step(trial, observer, NULL,
			     "create fd=v path=%s/%s.v size=%d", dir_of(trial),
			     trial->target, SHAPE_PAGE);

	if (!err)
		err = trial_step(trial, observer, NULL, "unlink path=%s/%s.v",
				 dir_of(trial), trial->target);
	if (!err)
		err = trial_step(trial, observer, NULL, "fsync fd=v");
	return err ? err : trial_step(trial, observer, NULL,
				      "map mem=v fd=v len=%d mode=r",
				      SHAPE_PAGE);
}

static int drop_witness(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	int err = trial_step(trial, observer, NULL, "munmap mem=v");

	return err ? err : trial_step(trial, observer, NULL, "close fd=v");
}

static int clean_target(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	int err = trial_step(trial, observer, NULL, "fsync fd=t");

	return err ? err : trial_step(trial, observer, NULL,
				      "madvise mem=m advice=dontneed");
}

int evict_prepare(struct trial *trial)
{
	struct stepper_result result = { 0 };
	int err = make_witness(trial);

	if (!err)
		err = clean_target(trial);
	if (!err)
		err = trial_step(trial, trial->site->observer, &result,
				 "cached mem=v len=%d", SHAPE_PAGE);
	if (!err && result.ret != 1) {
		err = drop_witness(trial);
		err = err ? err : trial_fail(trial, -EAGAIN, "the page of "
					     "another file is gone already");
	}
	return err;
}

int evict_check(struct trial *trial)
{
	struct stepper_result result = { 0 };
	int err = trial_step(trial, trial->site->observer, &result,
			     "cached mem=v len=%d", SHAPE_PAGE);

	if (!err)
		err = drop_witness(trial);
	if (!err && result.ret != 0)
		err = trial_fail(trial, -EAGAIN, "a page that nobody has is "
				 "still in the cache");
	return err;
}
