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

static int start(struct trial *trial)
{
	return direct_start(trial, "aio-read");
}

const struct scenario_writer aio_read_writer = {
	.name = "aio-read",
	.help = "an O_DIRECT read by Linux AIO into the page, pinned before",
	.pin_case = "1",
	.pins = 1,
	.start = start,
	.write = direct_let_land,
	.undo = feed_drop_file,
};
