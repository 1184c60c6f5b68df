/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "store": the CPU, through the mapping. The kernel has
 * write-protected the page for writeback, so the store faults, and
 * fuse_page_mkwrite() waits (fs/fuse/file.c, 6.1 to 6.18).
 */
#include "client/writers/writers.h"

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_STORE, trial->at);
	return trial_start_call(trial, "store mem=%s off=%llu file-off=%llu "
				"len=%u gen=%d file=%s", trial->into,
				(unsigned long long)trial->at,
				(unsigned long long)trial->at, trial->len,
				TRIAL_GENERATION_NEW, trial->target);
}

const struct scenario_writer store_writer = {
	.part = {
		.name = "store",
		.help = "a CPU store through the mapping",
		.about = "A CPU store. Writeback has write-protected the "
			 "page (mm/page-writeback.c: "
			 "folio_clear_dirty_for_io(), folio_mkclean()), so "
			 "the store faults and page_mkwrite waits for the "
			 "end of writeback: in FUSE fuse_page_mkwrite() in "
			 "all versions from 6.1 on, whether the mapping asks "
			 "for stable writes or not. BLOCKED is what makes "
			 "mmap safe; another verdict here would be a defect "
			 "of the filesystem.",
		.is = PART_BY_ADDRESS | PART_MODEL,
	},
	.pin_case = "control",
	.write = write_page,
};
