/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the target "pinfs": a shared mapping of a file on the mount itself. */
#include "client/targets/file.h"
#include "client/targets/targets.h"

/* What lies before the target is a hole, and so is it itself then. */
static int make_file(struct trial *trial)
{
	uint64_t size = shape_file_size(trial->shape);
	uint64_t filled = trial->base ? 0 : size;
	int err = file_create(trial, filled);

	if (trial_mutated(trial, SITE_ELSEWHERE))
		size = shape_map_len(trial->shape);
	if (err || size == filled)
		return err;
	return trial_step(trial, trial->site->writer, NULL,
			  "truncate fd=t len=%llu", (unsigned long long)size);
}

static int make(struct trial *trial)
{
	struct site *site = trial->site;
	int err = make_file(trial);

	if (!err)
		err = file_map(trial, site->writer);
	if (!err)
		err = trial_step(trial, site->observer, NULL,
				 "open fd=t path=%s", trial->target);
	return err ? err : file_map(trial, site->observer);
}

static int destroy(struct trial *trial)
{
	int err = file_forget(trial);

	return err ? err : trial_unlink(trial, trial->target);
}

const struct scenario_target pinfs_target = {
	.part = {
		.name = "pinfs",
		.help = "a shared mapping of a file on the mount",
		.about = "A page of a file of this mount, mapped shared by "
			 "two processes: the writer, and an observer that "
			 "looks, starts writeback and keeps the file open "
			 "for writing.",
		.is = PART_MAPPED_FILE | PART_ON_MOUNT | PART_STOPPABLE,
	},
	.make = make,
	.dirty = file_dirty,
	.look = file_look,
	.settle = file_settle,
	.plant = trial_plant,
	.audit = file_audit,
	.destroy = destroy,
};
