/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "fork": the process forks, and child and parent write to the
 * page, before the bytes land. By then each has a page, and the bytes must be in
 * the one of the process whose call it is.
 */
#include <errno.h>
#include <string.h>

#include "client/moments/moments.h"

/* Proof that the page is no longer shared: the child's is another. */
static int enter(struct trial *trial)
{
	struct stepper_result result;
	char child[16] = "";
	int err = trial_step(trial, trial->site->writer, &result,
			     "fork-touch mem=m off=%llu len=%u",
			     (unsigned long long)trial->base, trial->seen);

	if (err)
		return err;
	if (!trial_word(&result, "child", child, sizeof(child)) ||
	    strcmp(child, "same") == 0)
		err = trial_fail(trial, -EIO, "after the fork the child wrote "
				 "into its parent's page");
	return err;
}

const struct scenario_moment fork_moment = {
	.part = {
		.name = "fork",
		.help = "after a fork, and both processes have written to the page",
		.about = "The process forks while its call has the page; the "
			 "child writes to the page, then the parent, then "
			 "the bytes land. fork(2) write-protects private "
			 "pages in both, and the first to write gets a copy. "
			 "It must not be the one whose call it is, or the "
			 "bytes land in a page that it no longer sees "
			 "(ORPHAN): the oldest defect of O_DIRECT, described "
			 "in open(2). Since 5.10 fork copies a pinned page "
			 "for the child at once (mm/memory.c: "
			 "copy_present_page(), "
			 "folio_try_dup_anon_rmap_pte(), in 6.18); pages "
			 "held by plain references are still lost, as in "
			 "FUSE's O_DIRECT read from 6.1 to 6.8, and in one "
			 "of a block device up to 6.2. process_vm_writev(2) "
			 "pins on all.",
		.is = PART_EVENT,
		.needs = PART_HOLDS | PART_COPIED,
	},
	.enter = enter,
};
