/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "writeback": the page's WRITE has been stored and its reply
 * is held, so that the page is under writeback, while the bytes land. That of a
 * page of a filesystem on the mount is not even received: what a loop device
 * writes is copied when it is. Where a filesystem has two devices that goes for
 * one of them, and the other has written.
 */
#include "client/moments/held-write.h"
#include "client/moments/moments.h"
#include "client/moments/one-leg.h"
#include "client/moments/queued-write.h"
#include "client/stage.h"

static bool has_mirror(const struct trial *trial)
{
	return trial->stage && trial->stage->mirror_ino;
}

static int probe(struct trial *trial)
{
	return trial->stage && !has_mirror(trial) ? queued_write_probe(trial) :
						    0;
}

static int enter(struct trial *trial)
{
	if (has_mirror(trial))
		return one_leg_enter(trial);
	return trial->stage ? queued_write_enter(trial) :
			      held_write_enter(trial, JUDGE_OLD);
}

static int leave(struct trial *trial)
{
	if (has_mirror(trial))
		return one_leg_leave(trial);
	return trial->stage ? queued_write_leave(trial) :
			      held_write_leave(trial);
}

const struct scenario_moment writeback_moment = {
	.part = {
		.name = "writeback",
		.help = "while the page's WRITE is held",
		.about = "Writeback of the page has begun: it is clean and "
			 "write-protected, PG_writeback is set, its WRITE "
			 "has come to the daemon, which has looked at it, "
			 "stored it and keeps the answer back. What changes "
			 "the page now changes what a checksum, a parity or "
			 "a mirror was computed from. Of a filesystem on the "
			 "mount fsync(2) has begun, and the WRITE of its "
			 "loop device waits in the kernel, made of the page "
			 "by reference (drivers/block/loop.c: lo_rw_aio(), "
			 "in 6.18), so that it brings what is there when it "
			 "is received. When fsync(2) has returned the image "
			 "is copied, as a power cut would leave it, and the "
			 "filesystem itself reads the copy. UNSTABLE says "
			 "that it reads other bytes than those that "
			 "writeback began with, or cannot. Where there are "
			 "two copies, one has been written.",
		.is = PART_STOPS,
		.needs = PART_STOPPABLE,
		.probe = probe,
	},
	.window = true,
	.enter = enter,
	.leave = leave,
};
