/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "after-writeback": writeback has come and gone and the page
 * is clean when the bytes land, so that somebody has to dirty it again.
 */
#include "client/moments/clean.h"
#include "client/moments/moments.h"

const struct scenario_moment after_writeback_moment = {
	.part = {
		.name = "after-writeback",
		.help = "after the page's writeback has ended",
		.about = "Writeback has ended and the page is clean before "
			 "the bytes land. Whoever writes must dirty it "
			 "again, or the bytes never reach the store (LOST): "
			 "a pin does that when it is dropped "
			 "(unpin_user_pages_dirty_lock() and its like). "
			 "Where nothing is ever written back (tmpfs) it is "
			 "after an fsync(2), and no page is clean.",
		.needs = PART_MAPPED_FILE,
		/* A refusal has nothing to do with writeback. */
		.rejects = PART_REFUSED,
	},
	.window = false,
	.enter = clean_enter,
};
