/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "pwrite": pwrite(2) of the whole page. No pin, and since
 * Linux 6.16 nothing makes it wait for writeback either: iomap waits only for
 * mappings with stable writes (fs/iomap/buffered-io.c: iomap_get_folio();
 * mm/page-writeback.c: folio_wait_stable(), 6.18), and FUSE's have none.
 */
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE);
	return trial_start_call(trial, "write fd=t off=0 len=%d gen=%d",
				TRIAL_LEN, TRIAL_GENERATION_NEW);
}

const struct scenario_writer pwrite_writer = {
	.name = "pwrite",
	.help = "pwrite(2) into the page",
	.pin_case = "no pin",
	.write = write_page,
};
