/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-read": an O_DIRECT read of another file of the mount
 * into the page, by pread(2): direct.c.
 */
#include "client/writers/direct.h"
#include "client/writers/feed.h"
#include "client/writers/writers.h"

static int start(struct trial *trial)
{
	return direct_start(trial, "pread");
}

const struct scenario_writer dio_read_writer = {
	.name = "dio-read",
	.help = "an O_DIRECT read of a file into the page, pinned before",
	.pin_case = "1",
	.pins = 1,
	.start = start,
	.write = direct_let_land,
	.undo = feed_drop_file,
};
