/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "notify-store": the daemon itself puts bytes into the page
 * cache, by FUSE_NOTIFY_STORE; the control verb "store" asks it to.
 */
#include <errno.h>
#include <string.h>

#include "client/writers/writers.h"
#include "common/clock.h"

enum { BYTE = 0x77 };

static int write_page(struct trial *trial)
{
	struct trial_call *call = &trial->call;
	int err;

	trial_expect_byte(trial, BYTE);
	call->result = (struct stepper_result){ .ok = true, .ret = trial->len,
						.start_ns = clock_now_ns() };
	err = trial_notify_store(trial, trial->file_at, trial->len, BYTE);
	call->result.end_ns = clock_now_ns();
	call->started = call->ended = true;
	return err;
}

const struct scenario_writer notify_store_writer = {
	.part = {
		.name = "notify-store",
		.help = "the daemon's own FUSE_NOTIFY_STORE into the page",
		.about = "A FUSE server may put bytes into the page cache by "
			 "itself. The kernel takes the folio, locks it, "
			 "copies, and neither waits for writeback nor "
			 "dirties it (fs/fuse/dev.c: fuse_notify_store(), in "
			 "6.1 to 7.3; no FGP_STABLE, no folio_mark_dirty()): "
			 "the server is taken to have the bytes already. "
			 "UNSTABLE during writeback, and always LOST when "
			 "the server has not: a server that uses it must "
			 "store the bytes first, and keep away from pages "
			 "that it has a WRITE of.",
		.needs = PART_ON_MOUNT,
	},
	.pin_case = "no pin",
	.cause = "notify",
	.write = write_page,
};
