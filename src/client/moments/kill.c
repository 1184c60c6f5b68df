/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the moment "kill": the owner is killed while its call waits for the bytes. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "client/moments/moments.h"
#include "client/moments/owner.h"

static int end(struct trial *trial)
{
	if (kill(stepper_pid(trial->site->writer), SIGKILL) < 0)
		return trial_fail(trial, -errno, "kill: %s", strerror(errno));
	return 0;
}

static int enter(struct trial *trial)
{
	return owner_dies(trial, end);
}

const struct scenario_moment kill_moment = {
	.part = {
		.name = "kill",
		.help = "while the owner has been killed",
		.about = "As exit, by SIGKILL: it does not reach a thread "
			 "that waits for a direct read, whose request FUSE "
			 "sends asynchronously and without an INTERRUPT "
			 "(FUSE_ASYNC_DIO). STABLE: a kill lets go of no pin "
			 "before its bytes are there. A server that never "
			 "answers therefore has clients that cannot be "
			 "killed.",
		.is = PART_EVENT,
		.needs = PART_MAPPED_FILE | PART_BY_ADDRESS | PART_HOLDS | PART_ALOOF,
		.rejects = PART_SOURCE | PART_REFUSED,
	},
	.enter = enter,
	.leave = owner_is_gone,
};
