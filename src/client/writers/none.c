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
		.about = "Nobody writes: what is reported here is reported "
			 "out of nothing.",
		.is = PART_MODEL,
		.needs = PART_STOPS | PART_FREEZABLE,
	},
	.pin_case = "control",
};
