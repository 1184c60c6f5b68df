/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "copy-to-user": read(2) of a pipe into the mapping. No pin:
 * the kernel's copy goes through the page table, as a CPU store does, and
 * faults and waits where that would (fs/fuse/file.c: fuse_page_mkwrite(), 6.1
 * to 6.18).
 */
#include "client/writers/feed.h"
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE, 0);
	return trial_start_call(trial, "read-into fd=p.r len=%u into=%s "
				"at=%llu", trial->len, trial->into,
				(unsigned long long)trial->at);
}

const struct scenario_writer copy_to_user_writer = {
	.part = {
		.name = "copy-to-user",
		.help = "read(2) of a pipe into the mapping",
		.about = "The kernel's copy_to_user(): no pin and no page "
			 "reference, but the page table, as a CPU store has "
			 "it. It faults where that would and waits where "
			 "that would. A control: what waits here needs "
			 "nothing from pin_user_pages().",
		.is = PART_BY_ADDRESS,
	},
	.pin_case = "control",
	.start = feed_make_pipe,
	.write = write_page,
	.undo = feed_drop_pipe,
};
