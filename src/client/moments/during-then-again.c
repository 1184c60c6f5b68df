/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "during-then-again": as "writeback", and then the WRITE that
 * has to follow is held as well, in order to see that there is one, that it came
 * after the first, and what it carried.
 */
#include <errno.h>

#include "client/moments/held-write.h"
#include "client/moments/moments.h"

static int enter(struct trial *trial)
{
	return held_write_enter(trial, JUDGE_OLD);
}

/* What the WRITE that is held has brought: it is stored before its reply. */
static int check_store(struct trial *trial, enum judge_bytes bytes,
		       const char *which)
{
	char digests[TRIAL_DIGESTS_SIZE];
	int err = trial_store_digest(trial, digests);

	if (!err && trial_bytes(trial, digests) != bytes)
		err = trial_fail(trial, -EIO, "the %s WRITE did not carry the "
				 "%s bytes", which,
				 bytes == JUDGE_OLD ? "old" : "new");
	return err;
}

static int leave(struct trial *trial)
{
	int err = check_store(trial, JUDGE_OLD, "first");

	return err ? err : held_write_leave(trial);
}

/* Not of a page whose bytes are none that writeback could bring. */
static int again(struct trial *trial)
{
	bool dirty;
	int err = trial_is_dirty(trial, &dirty);

	if (err || !dirty)
		return err;
	err = held_write_enter(trial, JUDGE_NEW);
	if (!err)
		err = check_store(trial, JUDGE_NEW, "second");
	return err ? err : trial_release(trial, &trial->write_gate);
}

const struct scenario_moment during_then_again_moment = {
	.part = {
		.name = "during-then-again",
		.help = "while the page's WRITE is held, and a second one after it",
		.about = "As writeback. The writer has dirtied the page "
			 "again, so after the first WRITE, which carried the "
			 "old bytes, a second has to come and carry the new "
			 "ones; they may not overtake each other (commit "
			 "8b284dc47291; since 6.16 PG_writeback alone keeps "
			 "them in order). Where nobody dirties the page "
			 "there is no second WRITE, and the verdict is LOST.",
		.needs = PART_ON_MOUNT,
		.rejects = PART_SOURCE,
	},
	.window = true,
	.enter = enter,
	.leave = leave,
	.again = again,
};
