/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "aio-read": as dio-read, by Linux AIO. Nobody waits while the
 * page is pinned: io_submit(2) returns once the READ is sent, and the answer
 * completes it (fs/fuse/file.c: fuse_direct_IO() and fuse_aio_complete_req(),
 * 6.18).
 */
#include "client/writers/direct.h"
#include "client/writers/feed.h"
#include "client/writers/writers.h"

const struct scenario_writer aio_read_writer = {
	.part = {
		.name = "aio-read",
		.help = "an O_DIRECT read by Linux AIO into the page, pinned before",
		.about = "As dio-read, by io_submit(2), which returns once "
			 "the READ is sent: nobody sleeps while the page is "
			 "pinned (fs/fuse/file.c: fuse_direct_IO(), "
			 "fuse_aio_complete_req(), in 6.18), so no signal "
			 "and no lock of the submitter ends the pin.",
		.is = PART_BY_ADDRESS | PART_HOLDS | PART_ALOOF,
	},
	.detail = "aio-read",
	.pin_case = "1",
	.pins = 1,
	.start = direct_start,
	.write = trial_let_land,
	.undo = feed_drop_file,
};
