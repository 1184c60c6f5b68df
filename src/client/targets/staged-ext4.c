/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the target "stage:ext4": a file of ext4, on a loop device on the mount. */
#include "client/targets/file.h"
#include "client/targets/staged.h"
#include "client/targets/targets.h"

static int probe(struct trial *trial)
{
	return staged_probe(trial, "ext4");
}

const struct scenario_target staged_ext4_target = {
	.part = {
		.name = "stage:ext4",
		.help = "a file of ext4 on the mount",
		.about = "A file of ext4 on a loop device, whose image is a "
			 "file on this mount, mapped shared. ext4 keeps its "
			 "buffers with the page (fs/ext4/inode.c: "
			 "ext4_dirty_folio(), in 6.18, warns of a dirty page "
			 "without them), overwrites in place, and does not "
			 "ask for stable writes unless its device does. The "
			 "store is what the device has.",
		.is = STAGED_IS,
		.needs = STAGED_NEEDS,
		.rejects = STAGED_REJECTS,
		.probe = probe,
	},
	STAGED_PHASES,
};
