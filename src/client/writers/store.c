/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "store": the CPU, through the mapping. The kernel has
 * write-protected the page for writeback, so the store faults, and
 * fuse_page_mkwrite() waits (fs/fuse/file.c, 6.1 to 6.18).
 */
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_STORE);
	return trial_start_call(trial, "store mem=m off=0 len=%d gen=%d",
				TRIAL_LEN, TRIAL_GENERATION_NEW);
}

const struct scenario_writer store_writer = {
	.name = "store",
	.help = "a CPU store through the mapping",
	.pin_case = "control",
	.write = write_page,
};
