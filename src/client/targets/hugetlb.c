/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the target "hugetlb": anonymous memory of pages that were set aside. To
 * set them aside is a change of the machine that would have to be undone however
 * we end, so it is left to whoever runs this: without enough it is skipped.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/targets/memory.h"
#include "client/targets/targets.h"
#include "common/cleanup.h"
#include "common/fdio.h"

enum { PAGES = 2 };	/* the target's, and the copy that a fork makes */

static unsigned long number(const char *meminfo, const char *key)
{
	const char *at = strstr(meminfo, key);
	unsigned long value = 0;

	if (at)
		(void)!sscanf(at + strlen(key), ": %lu", &value);
	return value;
}

static int probe(struct trial *trial)
{
	autofree char *meminfo = NULL;
	unsigned long nfree, reserved;
	int err = fdio_read_file("/proc/meminfo", &meminfo);

	if (err)
		return trial_fail(trial, err, "cannot read /proc/meminfo: %s",
				  strerror(-err));
	nfree = number(meminfo, "HugePages_Free");
	reserved = number(meminfo, "HugePages_Rsvd");
	if (nfree >= reserved + PAGES)
		return 0;
	return trial_fail(trial, -EOPNOTSUPP, "needs %d huge pages and there "
			  "are %lu: /proc/sys/vm/nr_hugepages", PAGES,
			  nfree - reserved);
}

static int make(struct trial *trial)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "anon mem=m len=2m huge=hugetlb");
}

const struct scenario_target hugetlb_target = {
	.part = {
		.name = "hugetlb",
		.help = "anonymous memory of hugetlb",
		.about = "As anon, of hugetlb: pages that were set aside "
			 "beforehand, never swapped nor split, with code of "
			 "their own for faults, forks and pins "
			 "(mm/hugetlb.c: copy_hugetlb_page_range(), in 6.18, "
			 "which copies a pinned page at once). Runs when two "
			 "huge pages are free; pinctl changes no sysctl, so "
			 "somebody has to write at least 2 to "
			 "/proc/sys/vm/nr_hugepages before.",
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
