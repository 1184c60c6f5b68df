/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the target "memfd": a shared mapping of a memfd_create(2) file. */
#include "client/targets/memory.h"
#include "client/targets/targets.h"

static int make(struct trial *trial)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "memfd mem=m fd=t " MEMORY_RANGE);
}

static int destroy(struct trial *trial)
{
	int err = memory_unmap(trial);

	if (err || trial->owner_gone)
		return err;
	return trial_step(trial, trial->site->writer, NULL, "close fd=t");
}

const struct scenario_target memfd_target = {
	.part = {
		.name = "memfd",
		.help = "a shared mapping of a memfd",
		.about = "A file of tmpfs that only its descriptor names "
			 "(memfd_create(2)), mapped shared. Its pages are in "
			 "a page cache but are never write-protected for "
			 "writeback, so even pins for ever are allowed "
			 "(mm/gup.c: writable_file_mapping_allowed(), in "
			 "6.18): what guest memory and RDMA buffers are made "
			 "of.",
		.is = PART_MEMORY_ONLY | PART_COLLAPSES,
		.needs = PART_MODEL,
	},
	.make = make,
	.dirty = memory_dirty,
	.look = memory_look,
	.plant = memory_plant,
	.audit = memory_audit,
	.destroy = destroy,
};
