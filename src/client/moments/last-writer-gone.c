/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "last-writer-gone": nobody has the file open for writing any
 * more, nor mapped, when the bytes land. Dangerous: the kernel WARNs.
 */
#include "client/moments/moments.h"

static int forget(struct trial *trial, struct stepper *stepper)
{
	int err = trial_step(trial, stepper, NULL, "munmap mem=m");

	return err ? err : trial_step(trial, stepper, NULL, "close fd=t");
}

static int enter(struct trial *trial)
{
	int err = forget(trial, trial->site->observer);

	return err ? err : forget(trial, trial->site->writer);
}

/* For reading: a file open for writing would be one to write back through. */
static int look_again(struct trial *trial, struct stepper *stepper)
{
	int err = trial_step(trial, stepper, NULL, "open fd=t path=%s mode=r",
			     trial->target);

	return err ? err :
		trial_step(trial, stepper, NULL,
			   "map mem=m fd=t len=%llu mode=r",
			   (unsigned long long)shape_map_len(trial->shape));
}

static int again(struct trial *trial)
{
	int err = look_again(trial, trial->site->observer);

	return err ? err : look_again(trial, trial->site->writer);
}

const struct scenario_moment last_writer_gone_moment = {
	.part = {
		.name = "last-writer-gone",
		.help = "after the last file open for writing was closed (dangerous)",
		.about = "FUSE writes back through a file that is open for "
			 "writing, and the last such close writes all back. "
			 "A pin that ends after that dirties a page that "
			 "nobody can write: fuse_write_file_get() finds "
			 "none, WARN_ON(!ff) prints a kernel WARNING, and "
			 "writeback fails with EIO and leaves the page clean "
			 "(fs/fuse/file.c: fuse_iomap_writeback_range() in "
			 "6.18; the same WARN_ON() in 6.1, 6.12 and 7.3). "
			 "LOST: the page cache has the new bytes, the store "
			 "the old ones, and the error is told to one "
			 "fsync(2) only. It is FUSE's form of ext4's dirty "
			 "page without buffers, and takes no privilege. "
			 "Machines that panic on a WARNING do so.",
		.is = PART_EVENT,
		.needs = PART_ON_MOUNT | PART_BY_ADDRESS | PART_HOLDS | PART_ALOOF,
		.rejects = PART_SOURCE | PART_REFUSED,
	},
	.dangerous = true,
	.enter = enter,
	.again = again,
};
