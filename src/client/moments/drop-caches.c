/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "drop-caches": the page cache of the whole machine is thrown
 * out.
 */
#include <errno.h>
#include <unistd.h>

#include "client/moments/evict.h"
#include "client/moments/moments.h"

static int probe(struct trial *trial)
{
	if (access("/proc/sys/vm/drop_caches", W_OK))
		return trial_fail(trial, -EOPNOTSUPP, "may not write to "
				  "/proc/sys/vm/drop_caches");
	return evict_probe(trial);
}

static int enter(struct trial *trial)
{
	int err = evict_prepare(trial);

	if (!err)
		err = trial_step(trial, trial->site->writer, NULL,
				 "madvise mem=m advice=dontneed");
	if (!err)
		err = trial_step(trial, trial->site->observer, NULL,
				 "drop-caches");
	return err ? err : evict_check(trial);
}

const struct scenario_moment drop_caches_moment = {
	.part = {
		.name = "drop-caches",
		.help = "after all caches were dropped",
		.about = "As dontneed, by /proc/sys/vm/drop_caches, which "
			 "does it to every file of the machine "
			 "(fs/drop_caches.c: drop_pagecache_sb()). It makes "
			 "the machine slower for a while, so one writer "
			 "stands for the others.",
		.is = PART_EVENT,
		.needs = PART_HOLDS | PART_MAPPED_FILE | PART_MODEL,
		.probe = probe,
	},
	.enter = enter,
};
