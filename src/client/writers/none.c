/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the writer "none": the control run, in which nothing may be reported. */
#include "client/writers/writers.h"

const struct scenario_writer none_writer = {
	.part = {
		.name = "none",
		.help = "nobody writes into the page",
		.about = "Nobody writes: what is reported here is reported "
			 "out of nothing.",
	},
	.pin_case = "control",
};
