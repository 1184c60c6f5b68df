/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the moment "punch": a hole is made of the page before the bytes land. */
#include "client/moments/event.h"
#include "client/moments/moments.h"

static int probe(struct trial *trial)
{
	return event_probe(trial, ONDIR_PUNCHES, "no holes can be punched");
}

static int punch(struct trial *trial)
{
	return trial_step(trial, trial->site->observer, NULL,
			  "punch fd=t off=%llu len=%u",
			  (unsigned long long)trial->base,
			  trial->shape->pages * SHAPE_PAGE);
}

static int enter(struct trial *trial)
{
	int err = event_takes_pages(trial, punch);

	trial_expect_zeros(trial);
	return err;
}

const struct scenario_moment punch_moment = {
	.part = {
		.name = "punch",
		.help = "after a hole was punched there",
		.about = "fallocate(2) with FALLOC_FL_PUNCH_HOLE. FUSE "
			 "writes the range back, has the daemon make the "
			 "hole, and takes the pages from the file "
			 "(fs/fuse/file.c: fuse_file_fallocate() and "
			 "truncate_pagecache_range(), 6.1 to 6.18), pinned "
			 "or not. As truncate: ORPHAN, and the hole has to "
			 "stay one.",
		.is = PART_EVENT,
		.needs = EVENT_NEEDS,
		.rejects = EVENT_REJECTS,
		.probe = probe,
	},
	.enter = enter,
};
