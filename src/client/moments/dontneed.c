/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the moment "dontneed": posix_fadvise(2) throws out the file's pages. */
#include "client/moments/evict.h"
#include "client/moments/moments.h"

static int enter(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	int err = evict_prepare(trial);

	if (!err)
		err = trial_step(trial, trial->site->writer, NULL,
				 "madvise mem=m advice=dontneed");
	if (!err)
		err = trial_step(trial, observer, NULL, "dontneed fd=v");
	if (!err)
		err = trial_step(trial, observer, NULL, "dontneed fd=t");
	return err ? err : evict_check(trial);
}

const struct scenario_moment dontneed_moment = {
	.part = {
		.name = "dontneed",
		.help = "after posix_fadvise(2) was to throw the page out",
		.about = "The page is clean and in no page table any more "
			 "(MADV_DONTNEED), and POSIX_FADV_DONTNEED is to "
			 "throw it out of the page cache. "
			 "mapping_evict_folio() (mm/truncate.c, in 6.18) "
			 "leaves alone what has more references than the "
			 "cache's, so the bytes land in the file's page and "
			 "reach the store: STABLE. That a page without a pin "
			 "is thrown out at the same moment is looked at, in "
			 "another file.",
		.is = PART_EVENT,
		.needs = PART_HOLDS | PART_MAPPED_FILE,
		.rejects = PART_REFUSED | PART_SOURCE,
		.probe = evict_probe,
	},
	.enter = enter,
};
