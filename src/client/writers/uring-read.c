/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "uring-read": as dio-read, by io_uring, with a buffer that is
 * not registered: the pin is of the READ, taken and dropped with it.
 */
#include "client/writers/direct.h"
#include "client/writers/feed.h"
#include "client/writers/writers.h"

const struct scenario_writer uring_read_writer = {
	.part = {
		.name = "uring-read",
		.help = "an O_DIRECT read by io_uring into the page, pinned before",
		.about = "As dio-read, by io_uring and with memory that is "
			 "not registered: the pin is the request's, taken "
			 "and dropped with it, CASE 1. Registered memory is "
			 "uring-fixed.",
		.is = PART_BY_ADDRESS | PART_HOLDS | PART_ALOOF,
	},
	.detail = "uring-read",
	.pin_case = "1",
	.pins = 1,
	.start = direct_start,
	.write = trial_let_land,
	.undo = feed_drop_file,
};
