/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "direct-write": an O_DIRECT write to the page's range, of the
 * bytes that it has, before others land in the page.
 */
#include "client/moments/event.h"
#include "client/moments/moments.h"

static int probe(struct trial *trial)
{
	return event_probe(trial, ONDIR_DIRECT, "there is no O_DIRECT");
}

/* The memory "x" and the descriptor "o" of the observer, and their end. */
static int prepare(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	int err = trial_step(trial, observer, NULL, "anon mem=x len=%u",
			     trial->seen);

	if (!err)
		err = trial_step(trial, observer, NULL, "store mem=x len=%u "
				 "gen=%d file=%s file-off=%llu", trial->seen,
				 TRIAL_GENERATION_OLD, trial->target,
				 (unsigned long long)trial->base);
	return err ? err : trial_step(trial, observer, NULL,
				      "open fd=o path=%s mode=w direct",
				      trial->path);
}

static int write_directly(struct trial *trial)
{
	return trial_step(trial, trial->site->observer, NULL,
			  "pwrite fd=o off=%llu len=%u from=x",
			  (unsigned long long)trial->base, trial->seen);
}

static int enter(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	int err = prepare(trial);

	/* Of other filesystems not all take them: that is what is asked. */
	if (!err)
		err = trial->home ? write_directly(trial) :
			event_takes_pages(trial, write_directly);
	if (!err)
		err = trial_step(trial, observer, NULL, "close fd=o");
	return err ? err : trial_step(trial, observer, NULL, "munmap mem=x");
}

const struct scenario_moment direct_write_moment = {
	.part = {
		.name = "direct-write",
		.help = "after an O_DIRECT write to the same range",
		.about = "An O_DIRECT write passes the page cache by, so "
			 "what is cached of its range is written back and "
			 "dropped, before and after it (mm/filemap.c: "
			 "generic_file_direct_write() and "
			 "kiocb_invalidate_pages(), 6.18), pinned or not: "
			 "ORPHAN, as with invalidate. This one happens on "
			 "ext4 and XFS as well, where nothing else removes a "
			 "pinned page; there it is what costs the data of "
			 "two programs that use O_DIRECT on one file, one of "
			 "them into a mapping of it. A filesystem that makes "
			 "a buffered write of it, as btrfs does where it has "
			 "checksums (btrfs_direct_write(), 6.18), and tmpfs, "
			 "keeps the page: STABLE.",
		.is = PART_EVENT,
		.needs = EVENT_NEEDS,
		.rejects = EVENT_REJECTS,
		.probe = probe,
	},
	.enter = enter,
};
