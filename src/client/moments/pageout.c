/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the moment "pageout": reclaim takes up the page. */
#include <errno.h>

#include "client/moments/evict.h"
#include "client/moments/moments.h"

/* Reclaim only takes up what one process alone has mapped. */
static int reclaim(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	int err = trial_step(trial, observer, NULL, "digest mem=v len=%d",
			     SHAPE_PAGE);

	if (!err)
		err = trial_step(trial, observer, NULL,
				 "madvise mem=v advice=pageout");
	return err ? err : trial_step(trial, trial->site->writer, NULL,
				      "madvise mem=m off=%llu len=%u "
				      "advice=pageout",
				      (unsigned long long)trial->base,
				      trial->seen);
}

/* Proof that it did: it begins by taking the page out of the page table. */
static int check_unmapped(struct trial *trial)
{
	struct stepper_result result;
	int err = trial_try(trial, trial->site->writer, &result,
			    "pageframe mem=m off=%llu",
			    (unsigned long long)trial->base);

	if (!err && (result.ok || result.err != ENOENT))
		err = trial_fail(trial, -EAGAIN, "reclaim left the page in "
				 "the page table");
	return err;
}

static int enter(struct trial *trial)
{
	int err = evict_prepare(trial);

	if (!err)
		err = reclaim(trial);
	if (!err)
		err = evict_check(trial);
	return err ? err : check_unmapped(trial);
}

const struct scenario_moment pageout_moment = {
	.part = {
		.name = "pageout",
		.help = "after reclaim was to take the page",
		.about = "The page is clean and MADV_PAGEOUT has reclaim "
			 "take it up: mm/vmscan.c, shrink_folio_list(), "
			 "takes it out of the page table, which is looked "
			 "at, and then must leave it in the cache because it "
			 "is pinned (folio_maybe_dma_pinned(), in 6.18) or "
			 "has a reference too many (__remove_mapping()). The "
			 "bytes land in the file's page and reach the store: "
			 "STABLE. That a page without a pin is reclaimed is "
			 "looked at, in another file.",
		.is = PART_EVENT,
		.needs = PART_HOLDS | PART_MAPPED_FILE,
		.rejects = PART_REFUSED | PART_SOURCE,
		.probe = evict_probe,
	},
	.enter = enter,
};
