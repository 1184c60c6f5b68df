/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "collapse": the kernel is asked to put the memory around the
 * page into a huge page, which would move it.
 */
#include <errno.h>

#include "client/errname.h"
#include "client/moments/moments.h"
#include "common/cleanup.h"
#include "common/fdio.h"

static int probe(struct trial *trial)
{
	autofree char *size = NULL;

	if (fdio_read_file("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
			   &size))
		return trial_fail(trial, -EOPNOTSUPP, "this kernel has no "
				  "transparent huge pages");
	return 0;
}

static int collapse(struct trial *trial, struct stepper_result *result)
{
	return trial_try(trial, trial->site->writer, result,
			 "madvise mem=m len=2m advice=collapse");
}

/*
 * EAGAIN and EBUSY are about the pages, so they were looked at
 * (mm/khugepaged.c: madvise_collapse_errno(), 6.18).
 */
static int enter(struct trial *trial)
{
	struct stepper_result result;
	int err = collapse(trial, &result);

	if (err || result.ok || result.err == EAGAIN || result.err == EBUSY)
		return err;
	return trial_fail(trial, -EOPNOTSUPP, "the kernel does not collapse "
			  "this memory: %s", errname_from(result.err));
}

/* Proof that it was the pin: without it the same works. */
static int again(struct trial *trial)
{
	struct stepper_result result;
	int err = collapse(trial, &result);

	if (err || result.ok)
		return err;
	return trial_fail(trial, -EAGAIN, "without the pin the memory is not "
			  "collapsed either: %s", errname_from(result.err));
}

const struct scenario_moment collapse_moment = {
	.part = {
		.name = "collapse",
		.help = "after an attempt to move the page into a huge page",
		.about = "MADV_COLLAPSE of the 2 MiB around the page, which "
			 "copies it into a huge page and maps that instead, "
			 "as khugepaged does by itself. It must see the pin "
			 "by the page's reference count and give up with "
			 "EAGAIN (mm/khugepaged.c: is_refcount_suitable(), "
			 "collapse_file(), in 6.18); a page that was moved "
			 "away would leave the bytes behind (ORPHAN). After "
			 "the call it is asked again and must succeed: so "
			 "nothing but the pin was in the way. It is the "
			 "migration of one chosen page that works on a "
			 "machine with one node, too.",
		.is = PART_EVENT,
		.needs = PART_HOLDS | PART_COLLAPSES,
		.probe = probe,
	},
	.enter = enter,
	.again = again,
};
