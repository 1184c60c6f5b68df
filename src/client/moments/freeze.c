/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "freeze": the target's filesystem is frozen while the bytes
 * land. FIFREEZE is over when everything has been written and nobody writes any
 * more (fs/super.c: freeze_super(), 6.18), which is the proof that it is.
 */
#include <errno.h>

#include "client/moments/clean.h"
#include "client/moments/moments.h"
#include "common/clock.h"

/* It ends by itself after the time of a step: whoever hangs then goes on. */
static int enter(struct trial *trial)
{
	int err = clean_enter(trial);

	return err ? err : trial_step(trial, trial->site->observer, NULL,
				      "freeze fd=z of=t limit=%lluns",
				      (unsigned long long)trial->site->step_ns);
}

static int leave(struct trial *trial)
{
	char digests[TRIAL_DIGESTS_SIZE];
	int err = trial_store_digest(trial, digests);

	if (err)
		return err;
	trial->facts.beneath = trial_bytes(trial, digests);
	trial->let_go_ns = clock_now_ns();
	return trial_step(trial, trial->site->observer, NULL, "thaw fd=z");
}

const struct scenario_moment freeze_moment = {
	.part = {
		.name = "freeze",
		.help = "while the target's filesystem is frozen",
		.about = "The page is clean, its bytes are on the device, "
			 "and FIFREEZE has frozen the filesystem, as a "
			 "snapshot of the device below does: whoever writes "
			 "to it sleeps until it is thawed (fs/super.c: "
			 "freeze_super(), include/linux/fs/super.h: "
			 "sb_start_write() and sb_start_pagefault(), in "
			 "6.18). A CPU store faults, and sleeps there: "
			 "BLOCKED. A pin was taken before, and nothing asks "
			 "whoever has it: the bytes land in the page and "
			 "dirty it while the filesystem is frozen. STABLE "
			 "says that the device did not get them before the "
			 "thaw, and got them afterwards; UNSTABLE that the "
			 "device changed while frozen, so that the snapshot "
			 "is none.",
		.needs = PART_FREEZABLE,
		.rejects = PART_REFUSED,
	},
	.freezes = true,
	.enter = enter,
	.leave = leave,
};
