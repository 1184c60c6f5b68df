/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the target "anon": private anonymous memory, in small pages. */
#include "client/targets/memory.h"
#include "client/targets/targets.h"

static int make(struct trial *trial)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "anon mem=m " MEMORY_RANGE);
}

const struct scenario_target anon_target = {
	.part = {
		.name = "anon",
		.help = "private anonymous memory",
		.about = "Private anonymous memory: nothing is ever written "
			 "back, and what can go wrong is that the page table "
			 "and the pin part company. Since 5.19 a page that "
			 "belongs to one process alone is marked "
			 "(PageAnonExclusive()), a write pin is only taken "
			 "of such a page, and it stays marked as long as it "
			 "is pinned (mm/gup.c: gup_must_unshare(); "
			 "include/linux/rmap.h: "
			 "folio_try_dup_anon_rmap_ptes(), in 6.18). A plain "
			 "reference (FOLL_GET) has no such promise. ORPHAN: "
			 "the process does not see the bytes that its read "
			 "has brought.",
		.is = PART_MEMORY_ONLY | PART_COPIED | PART_COLLAPSES,
	},
	.make = make,
	.dirty = memory_dirty,
	.look = memory_look,
	.plant = memory_plant,
	.audit = memory_audit,
	.destroy = memory_unmap,
};
