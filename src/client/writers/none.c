/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "none": the control run, in which nothing may be reported. Of
 * pages of the mount there is one, of "doctor" (scenario_control()).
 */
#include "client/writers/writers.h"

const struct scenario_writer none_writer = {
	.part = {
		.name = "none",
		.help = "nobody writes into the page",
		.about = "Nobody writes while the page is under writeback: "
			 "what is reported here is reported out of nothing. "
			 "For a filesystem on the mount it says that its "
			 "fsync(2) keeps its promise when the WRITE of its "
			 "device (drivers/block/loop.c: lo_rw_aio(), in "
			 "6.18) only waits, so that another verdict of the "
			 "same moment comes of who writes.",
		.is = PART_MODEL,
		.needs = PART_STOPS | PART_FREEZABLE,
	},
	.pin_case = "control",
};
