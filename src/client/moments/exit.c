/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "exit": the owner's process calls exit_group(2) while another
 * thread of its waits for the bytes.
 */
#include <errno.h>
#include <string.h>

#include "client/moments/moments.h"
#include "client/moments/owner.h"
#include "common/clock.h"

static int end(struct trial *trial)
{
	int err = stepper_send(trial->site->writer,
			       clock_deadline_ns(trial->site->step_ns), "exit");

	return err ? trial_fail(trial, err, "'exit': %s", strerror(-err)) : 0;
}

static int enter(struct trial *trial)
{
	return owner_dies(trial, end);
}

const struct scenario_moment exit_moment = {
	.part = {
		.name = "exit",
		.help = "while the owner's process is ending",
		.about = "A process keeps its memory until its last thread "
			 "has ended, and a thread in a read(2) with O_DIRECT "
			 "ends when that is done (wait_for_completion() in "
			 "fs/fuse/file.c: fuse_direct_IO()), as exit_aio() "
			 "waits for libaio's. So the pin goes first, and "
			 "dirties the page, and exit_mmap() writes it back "
			 "(fuse_vma_close()): STABLE. io_uring does not "
			 "wait: at exit io_uring_cancel_generic() (6.18) "
			 "waits for requests on rings only. The pin outlives "
			 "the process, whose own writeback of the page, in "
			 "exit_mmap(), is then under way when the bytes "
			 "land: UNSTABLE, and nobody is left who asked for "
			 "them.",
		.is = PART_EVENT,
		.needs = PART_MAPPED_FILE | PART_BY_ADDRESS | PART_HOLDS | PART_ALOOF,
		.rejects = PART_SOURCE | PART_REFUSED,
	},
	.enter = enter,
	.leave = owner_is_gone,
};
