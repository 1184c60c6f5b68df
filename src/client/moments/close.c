/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "close": the owner closes the file while its call still waits
 * for the bytes.
 */
#include "client/moments/moments.h"
#include "client/moments/owner.h"

static int enter(struct trial *trial)
{
	return owner_lets_go(trial, "close fd=t");
}

/* Open it again, for what comes after us. */
static int leave(struct trial *trial)
{
	int err = owner_has_let_go(trial);

	return err ? err : trial_step(trial, trial->site->writer, NULL,
				      "open fd=t path=%s", trial->path);
}

const struct scenario_moment close_moment = {
	.part = {
		.name = "close",
		.help = "after the owner's close(2), or while that waits for the page's WRITE",
		.about = "close(2) of a FUSE file writes all of it back and "
			 "waits (fs/fuse/file.c: fuse_flush() calls "
			 "write_inode_now(), 6.1 to 6.18). A pin is none of "
			 "the file's: it goes on writing into the page while "
			 "that is under writeback. UNSTABLE. "
			 "Other filesystems write nothing back then: STABLE.",
		.is = PART_EVENT,
		.needs = PART_MAPPED_FILE | PART_BY_ADDRESS | PART_HOLDS,
		.rejects = PART_SOURCE | PART_REFUSED,
	},
	.window = true,
	.enter = enter,
	.leave = leave,
};
