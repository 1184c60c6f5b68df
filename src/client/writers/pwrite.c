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
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE,
		     trial->file_at);
	return trial_start_call(trial, "write fd=t off=%llu len=%u gen=%d "
				"file=%s", (unsigned long long)trial->file_at,
				trial->len, TRIAL_GENERATION_NEW,
				trial->target);
}

const struct scenario_writer pwrite_writer = {
	.part = {
		.name = "pwrite",
		.help = "pwrite(2) into the page",
		.about = "A buffered write takes the folio from the page "
			 "cache, locks it and copies. Up to 6.15 FUSE waited "
			 "for writeback in fuse_write_begin(); with iomap "
			 "(fs/iomap/buffered-io.c: iomap_get_folio() and "
			 "mm/page-writeback.c: folio_wait_stable(), in 6.18) "
			 "it waits only where the mapping has "
			 "AS_STABLE_WRITES, and FUSE's have not. UNSTABLE "
			 "without any pin: a filesystem that computes a "
			 "checksum or a parity over the page during "
			 "writeback must ask for stable writes, or copy.",
		.needs = PART_MAPPED_FILE,
	},
	.pin_case = "no pin",
	.extends = true,
	.write = write_page,
};
