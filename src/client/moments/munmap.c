/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "munmap": the owner unmaps the page while its call still waits
 * for the bytes.
 */
#include "client/moments/moments.h"
#include "client/moments/owner.h"

static int enter(struct trial *trial)
{
	return owner_lets_go(trial, "munmap mem=m");
}

/* Map it again, for what comes after us. */
static int leave(struct trial *trial)
{
	int err = owner_has_let_go(trial);

	return err ? err :
		trial_step(trial, trial->site->writer, NULL,
			   "map mem=m fd=t len=%llu",
			   (unsigned long long)shape_map_len(trial->shape));
}

const struct scenario_moment munmap_moment = {
	.part = {
		.name = "munmap",
		.help = "after the owner's munmap(2), or while that waits for the page's WRITE",
		.about = "The last unmapping of a dirty page writes it back: "
			 "fuse_vma_close() calls write_inode_now() "
			 "(fs/fuse/file.c, 6.1 to 6.18), and munmap(2) waits "
			 "for the answer. The page is in nobody's page table "
			 "of that process any more, and the pin is still "
			 "there: no unmapping and no write protection keeps "
			 "a pin from writing. UNSTABLE. Other filesystems "
			 "write nothing back then (they have no such "
			 "vm_ops->close), and the pin dirties the page when "
			 "it goes: STABLE.",
		.is = PART_EVENT,
		.needs = PART_MAPPED_FILE | PART_BY_ADDRESS | PART_HOLDS | PART_ALOOF,
		.rejects = PART_SOURCE | PART_REFUSED,
	},
	.window = true,
	.enter = enter,
	.leave = leave,
};
