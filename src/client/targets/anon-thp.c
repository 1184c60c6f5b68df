/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the target "anon-thp": anonymous memory in a transparent huge page. */
#include <errno.h>
#include <string.h>

#include "client/targets/memory.h"
#include "client/targets/targets.h"
#include "common/cleanup.h"
#include "common/fdio.h"

#define THP_ENABLED "/sys/kernel/mm/transparent_hugepage/enabled"

static int probe(struct trial *trial)
{
	autofree char *enabled = NULL;

	if (fdio_read_file(THP_ENABLED, &enabled))
		return trial_fail(trial, -EOPNOTSUPP, "this kernel has no "
				  "transparent huge pages");
	if (strstr(enabled, "[never]"))
		return trial_fail(trial, -EOPNOTSUPP, "transparent huge pages "
				  "are off: " THP_ENABLED " says never");
	return 0;
}

static int make(struct trial *trial)
{
	struct stepper_result result;
	char huge[8] = "";
	int err = trial_step(trial, trial->site->writer, &result,
			     "anon mem=m len=2m huge=thp");

	if (err || (trial_word(&result, "huge", huge, sizeof(huge)) &&
		    strcmp(huge, "thp") == 0))
		return err;
	return trial_fail(trial, -EOPNOTSUPP, "the kernel had no huge page to "
			  "give");
}

const struct scenario_target anon_thp_target = {
	.part = {
		.name = "anon-thp",
		.help = "anonymous memory in a transparent huge page",
		.about = "As anon, but the page is part of a transparent "
			 "huge page that is mapped as a whole, which the "
			 "target makes sure of (AnonHugePages in smaps). One "
			 "pin in it counts for all of it "
			 "(folio_maybe_dma_pinned()). A fork cannot copy it "
			 "as a whole while it is pinned: it splits the "
			 "mapping and copies page by page (mm/huge_memory.c: "
			 "copy_huge_pmd(), in 6.18).",
		.is = PART_MEMORY_ONLY | PART_COPIED,
		.needs = PART_MODEL,
		.probe = probe,
	},
	.make = make,
	.dirty = memory_dirty,
	.look = memory_look,
	.plant = memory_plant,
	.audit = memory_audit,
	.destroy = memory_unmap,
};
