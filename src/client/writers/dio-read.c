/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-read": an O_DIRECT read of another file of the mount
 * into the page, by pread(2): direct.c.
 */
#include "client/writers/direct.h"
#include "client/writers/feed.h"
#include "client/writers/writers.h"

const struct scenario_writer dio_read_writer = {
	.part = {
		.name = "dio-read",
		.help = "an O_DIRECT read of a file into the page, pinned before",
		.about = "The O_DIRECT read pins its destination before it "
			 "asks for the data: fs/fuse/file.c, "
			 "fuse_direct_io() and fuse_get_user_pages(), by "
			 "iov_iter_extract_pages() (plain references up to "
			 "6.1). From then on the page table is not looked at "
			 "any more: folio_mkclean() write-protects it in "
			 "vain, and whoever fills the answer writes into the "
			 "page, under writeback or not. Afterwards the page "
			 "is dirtied (fuse_release_user_pages()). UNSTABLE "
			 "is CASE 1 of pin_user_pages.rst: nothing in "
			 "writeback looks at folio_maybe_dma_pinned(). "
			 "HIDDEN up to 6.15: FUSE sent a copy of the page.",
		.is = PART_BY_ADDRESS | PART_HOLDS | PART_ALOOF | PART_MODEL,
	},
	.detail = "pread",
	.pin_case = "1",
	.pins = 1,
	.start = direct_start,
	.write = trial_let_land,
	.undo = feed_drop_file,
};
