/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "invalidate": the daemon has the kernel drop the page, as a
 * network filesystem does when another machine has changed the file.
 */
#include "client/moments/event.h"
#include "client/moments/moments.h"

static int enter(struct trial *trial)
{
	return event_takes_pages(trial, trial_invalidate);
}

const struct scenario_moment invalidate_moment = {
	.part = {
		.name = "invalidate",
		.help = "after the daemon had the page dropped (FUSE_NOTIFY_INVAL_INODE)",
		.about = "invalidate_inode_pages2_range() writes a dirty "
			 "page back, unmaps it and takes it from the page "
			 "cache. Unlike reclaim it does not ask for its "
			 "count of references (mm/truncate.c: "
			 "invalidate_complete_folio2() in 6.1, "
			 "folio_unmap_invalidate() in 6.18), so a pinned "
			 "page goes as well. ORPHAN: the call says that it "
			 "has read its bytes, and they are in no file; "
			 "nothing is logged. A filesystem that invalidates "
			 "(for a server, after direct I/O, at an open) does "
			 "this to any pin; so does every FUSE server that "
			 "uses notifications.",
		.is = PART_EVENT,
		.needs = EVENT_NEEDS | PART_ON_MOUNT,
		.rejects = EVENT_REJECTS,
	},
	.enter = enter,
};
