/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "through": on a mount without writeback cache the WRITE of a
 * write(2) is held, while another writer changes the page that it was made of.
 */
#include <errno.h>

#include "client/moments/moments.h"

/* The same bytes again, so that the page is what it was. */
static int write_again(struct trial *trial)
{
	return trial_start_aside(trial, trial->site->observer,
				 "write fd=t off=%llu len=%u gen=%d writer=%c",
				 (unsigned long long)trial->base, trial->seen,
				 TRIAL_GENERATION_OLD, CONTENT_WRITER_STORE);
}

/*
 * What the target was filled with by stores is written back before. What the
 * mount has proven of writeback does not count: this WRITE refers to the live
 * page on any kernel, so a second look sees it.
 */
static int enter(struct trial *trial)
{
	int err = trial_step(trial, trial->site->observer, NULL, "fsync fd=t");

	trial->facts.live = site_looks_twice(trial->site);
	if (!err)
		err = trial_hold(trial, &trial->write_gate,
				 "op=write path=/%s at=reply", trial->target);
	if (!err)
		err = write_again(trial);
	if (!err)
		err = trial_wait_held(trial, trial->write_gate,
				      trial->site->step_ns);
	return err == -EAGAIN ? trial_fail(trial, -ETIMEDOUT, "no WRITE came") :
				err;
}

static int leave(struct trial *trial)
{
	return trial_end_aside(trial, "the write(2) itself failed");
}

const struct scenario_moment through_moment = {
	.part = {
		.name = "through",
		.help = "while the WRITE of a write(2) is held, without writeback cache",
		.about = "Without writeback cache (cache=through) a write(2) "
			 "puts its bytes into the page cache and sends them "
			 "from there at once, and returns when they are "
			 "stored. The page is neither dirty nor under "
			 "writeback meanwhile, so nothing makes anybody wait "
			 "for it, on any kernel: a CPU store goes through "
			 "(fs/fuse/file.c: fuse_send_write_pages() has no "
			 "folio_start_writeback()), and the WRITE refers to "
			 "the live page. What calls write(2) itself waits "
			 "for the inode's lock.",
		.needs = PART_ON_MOUNT,
		.rejects = PART_SOURCE | PART_REFUSED,
	},
	.window = true,
	.cache = "through",
	.enter = enter,
	.leave = leave,
};
