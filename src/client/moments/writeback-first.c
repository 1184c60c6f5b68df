/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "writeback-first": the writer takes its page only when the
 * WRITE is held already.
 */
#include "client/moments/held-write.h"
#include "client/moments/moments.h"

static int enter(struct trial *trial)
{
	return held_write_enter(trial, JUDGE_OLD);
}

const struct scenario_moment writeback_first_moment = {
	.part = {
		.name = "writeback-first",
		.help = "which begins while the page's WRITE is held",
		.about = "Writeback is under way before the writer takes its "
			 "page. The page table entry is write-protected, so "
			 "a pin for writing (FOLL_WRITE) faults first, as a "
			 "CPU store does, and page_mkwrite waits: BLOCKED, "
			 "and no pin comes into a page under writeback by "
			 "its address. Only pins from before are there.",
		.needs = PART_ON_MOUNT | PART_HOLDS,
	},
	.window = true,
	.first = true,
	.enter = enter,
	.leave = held_write_leave,
};
