/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the target "private": a private mapping of a file of the mount. The first
 * store gives the writer a page of its own; the file must never see any of it.
 */
#include <errno.h>
#include <string.h>

#include "client/targets/file.h"
#include "client/targets/memory.h"
#include "client/targets/targets.h"

static int make(struct trial *trial)
{
	int err = file_create(trial, shape_file_size(trial->shape));

	return err ? err :
		trial_step(trial, trial->site->writer, NULL,
			   "map mem=m fd=t len=%llu private",
			   (unsigned long long)shape_map_len(trial->shape));
}

/* In the page cache and in the store it is as it was created. */
static int check_file(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	char cached[TRIAL_DIGESTS_SIZE], store[TRIAL_DIGESTS_SIZE];
	struct stepper_result result = { 0 };
	int err = trial_step(trial, writer, NULL, "fsync fd=t");

	if (!err)
		err = trial_step(trial, writer, &result,
				 "check fd=t off=%llu len=%u gen=1",
				 (unsigned long long)trial->base, trial->seen);
	if (!err)
		err = trial_digest_in(trial, writer, "fd=t", cached);
	if (!err)
		err = trial_store_digest(trial, store);
	if (!err && (result.ret != 0 || strcmp(cached, store) != 0))
		err = trial_fail(trial, -EIO, "the file has changed, though "
				 "its mapping is private");
	return err;
}

static int audit(struct trial *trial)
{
	int err = memory_audit(trial);

	return err ? err : check_file(trial);
}

static int destroy(struct trial *trial)
{
	int err = memory_unmap(trial);

	if (!err && !trial->owner_gone)
		err = trial_step(trial, trial->site->writer, NULL,
				 "close fd=t");
	return err ? err : trial_unlink(trial, trial->target);
}

const struct scenario_target private_target = {
	.part = {
		.name = "private",
		.help = "a private mapping of a file",
		.about = "A private mapping of a file of the mount, written "
			 "to before: the process has a page of its own in "
			 "place of the file's (mm/memory.c: do_cow_fault(), "
			 "wp_page_copy()), anonymous from then on. The bytes "
			 "must be in that page; that the file still has its "
			 "old ones, in the page cache and in the store, is "
			 "looked at as well, and anything else is an ERROR.",
		.is = PART_MEMORY_ONLY | PART_COPIED,
		.needs = PART_MODEL,
	},
	.make = make,
	.dirty = memory_dirty,
	.look = memory_look,
	.plant = memory_plant,
	.audit = audit,
	.destroy = destroy,
};
