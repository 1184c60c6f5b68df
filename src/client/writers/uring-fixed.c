/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "uring-fixed": as uring-read, the memory registered with the
 * ring before: a pin for as long as there is the ring.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client/writers/direct.h"
#include "client/writers/feed.h"
#include "client/writers/writers.h"
#include "common/cleanup.h"

static int probe(struct trial *trial)
{
	struct io_uring_params params = { 0 };
	autoclose int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

	return ring < 0 ? trial_fail(trial, -EOPNOTSUPP, "io_uring_setup: %s",
				     strerror(errno)) : 0;
}

const struct scenario_writer uring_fixed_writer = {
	.part = {
		.name = "uring-fixed",
		.help = "an io_uring read into the page, registered before",
		.about = "io_uring_register(2) of a buffer pins it with "
			 "FOLL_LONGTERM, for as long as there is the ring "
			 "(io_pin_pages(), in io_uring/memmap.c in 6.18): "
			 "CASE 2. Since 6.5 a writable pin of that kind of a "
			 "shared mapping of a file is EFAULT (mm/gup.c: "
			 "check_vma_flags(), writable_file_mapping_allowed() "
			 "and gup_fast_folio_allowed()); before, io_uring "
			 "itself said EOPNOTSUPP after it had pinned "
			 "(io_uring/rsrc.c, in 6.1). REFUSED is what a "
			 "filesystem may count on: no such pin lasts longer "
			 "than a request. Private memory, tmpfs and "
			 "hugetlbfs are let.",
		.is = PART_BY_ADDRESS | PART_REFUSED,
		.probe = probe,
	},
	.detail = "uring-fixed",
	.pin_case = "2",
	.pins = 1,
	.start = direct_start,
	.write = trial_let_land,
	.undo = feed_drop_file,
};
