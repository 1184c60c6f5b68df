/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "writeback": the page's WRITE has been stored and its reply
 * is held, so that the page is under writeback, while the bytes land.
 */
#include "client/moments/held-write.h"
#include "client/moments/moments.h"

static int enter(struct trial *trial)
{
	return held_write_enter(trial, JUDGE_OLD);
}

const struct scenario_moment writeback_moment = {
	.part = {
		.name = "writeback",
		.help = "while the page's WRITE is held",
		.about = "Writeback of the page has begun: it is clean and "
			 "write-protected, PG_writeback is set, its WRITE "
			 "has come to the daemon, which has looked at it, "
			 "stored it and keeps the answer back. What changes "
			 "the page now changes what a checksum, a parity or "
			 "a mirror was computed from.",
		.needs = PART_ON_MOUNT,
	},
	.window = true,
	.enter = enter,
	.leave = held_write_leave,
};
