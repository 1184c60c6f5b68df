/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "truncate": the file is cut to nothing, and made as long as it
 * was, before the bytes land.
 */
#include "client/moments/event.h"
#include "client/moments/moments.h"

static int cut(struct trial *trial)
{
	return trial_step(trial, trial->site->observer, NULL,
			  "truncate fd=t len=0");
}

static int enter(struct trial *trial)
{
	const struct shape *shape = trial->shape;
	int err = event_takes_pages(trial, cut);

	trial_expect_zeros(trial);
	return err ? err :
		trial_step(trial, trial->site->observer, NULL,
			   "truncate fd=t len=%llu", (unsigned long long)
			   (trial->facts.elsewhere ? shape_map_len(shape) :
						     shape_file_size(shape)));
}

const struct scenario_moment truncate_moment = {
	.part = {
		.name = "truncate",
		.help = "after the file was cut to nothing and made longer again",
		.about = "ftruncate(2) waits for writeback and then takes "
			 "the pages from the file, pinned or not "
			 "(truncate_inode_pages_range(), all versions). "
			 "Whoever holds a pin goes on with a page of no "
			 "file, and what comes by it is nobody's: ORPHAN, as "
			 "it has to be, for the file was cut before. The "
			 "bytes may not come up again when the file is as "
			 "long as it was: that would be another file's data, "
			 "or old ones.",
		.is = PART_EVENT,
		.needs = EVENT_NEEDS,
		.rejects = EVENT_REJECTS,
	},
	.enter = enter,
};
