/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the target "stage:btrfs-nodatasum": as "stage:btrfs", mounted without
 * checksums of data.
 */
#include "client/targets/file.h"
#include "client/targets/staged.h"
#include "client/targets/targets.h"

static int probe(struct trial *trial)
{
	return staged_probe(trial, "btrfs-nodatasum");
}

const struct scenario_target staged_nodatasum_target = {
	.part = {
		.name = "stage:btrfs-nodatasum",
		.help = "a file of btrfs without data checksums on the mount",
		.about = "As stage:btrfs, with the mount option nodatasum: "
			 "nothing is computed from the page when it is "
			 "written (fs/btrfs/bio.c: btrfs_submit_chunk(), in "
			 "6.18), so nothing tells later that other bytes "
			 "came than those that were meant. What is EIO there "
			 "is wrong bytes here, and nobody says so.",
		.is = STAGED_IS,
		.needs = STAGED_NEEDS | PART_STOPS,
		.rejects = STAGED_REJECTS,
		.probe = probe,
	},
	STAGED_PHASES,
};
