/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the target "pinfs": a shared mapping of a file on the mount itself. */
#include <errno.h>
#include <string.h>

#include "client/errname.h"
#include "client/targets/mounted.h"
#include "client/targets/targets.h"

enum { AUDITS = 3 };		/* looks before they "differ for good" */

/* MAP_SHARED of a FOPEN_DIRECT_IO file: fs/fuse/file.c, fuse_file_mmap(). */
static int map(struct trial *trial, struct stepper *stepper, const char *mode)
{
	struct stepper_result result;
	int err = trial_try(trial, stepper, &result, "map mem=m fd=t len=%llu "
			    "mode=%s",
			    (unsigned long long)shape_map_len(trial->shape),
			    mode);

	if (err || result.ok)
		return err;
	if (result.err == ENODEV)
		return trial_fail(trial, -EOPNOTSUPP, "files of this mount "
				  "cannot be mapped: it has no page cache");
	return trial_fail(trial, -EIO, "cannot map '%s': %s", trial->target,
			  errname_from(result.err));
}

/* What lies before the target is a hole, and so is it itself then. */
static int make_file(struct trial *trial)
{
	uint64_t size = shape_file_size(trial->shape);
	uint64_t filled = trial->base ? 0 : size;
	int err = mounted_create(trial, filled);

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
		err = map(trial, site->writer, "rw");
	if (!err)
		err = trial_step(trial, site->observer, NULL,
				 "open fd=t path=%s", trial->target);
	return err ? err : map(trial, site->observer, "rw");
}

static int dirty(struct trial *trial)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "store mem=m off=%llu len=%u gen=%d",
			  (unsigned long long)trial->base, trial->seen,
			  TRIAL_GENERATION_OLD);
}

static int look(struct trial *trial, enum judge_bytes *bytes_ret)
{
	char digest[TRIAL_DIGESTS_SIZE];
	int err = trial_digest(trial, "mem=m", digest);

	if (!err)
		*bytes_ret = trial_bytes(trial, digest);
	return err;
}

/* An error of fsync(2) is no failure of ours: what it did shows afterwards. */
static int settle(struct trial *trial)
{
	struct stepper_result result;

	return trial_try(trial, trial->site->observer, &result, "fsync fd=t");
}

static int audit_once(struct trial *trial)
{
	struct judge_facts *facts = &trial->facts;
	char mapping[TRIAL_DIGESTS_SIZE], file[TRIAL_DIGESTS_SIZE];
	char store[TRIAL_DIGESTS_SIZE];
	int err = trial_digest(trial, "mem=m", mapping);

	if (!err)
		err = trial_digest(trial, "fd=t", file);
	if (!err)
		err = trial_is_dirty(trial, &facts->dirty);
	if (!err)
		err = trial_store_digest(trial, store);
	if (err)
		return err;
	facts->mapping = trial_bytes(trial, mapping);
	facts->file = trial_bytes(trial, file);
	facts->store = trial_bytes(trial, store);
	facts->agree = strcmp(mapping, store) == 0;
	return 0;
}

static int audit(struct trial *trial)
{
	int err = audit_once(trial);

	/*
	 * A bio whose page was cleaned meanwhile has it dirtied by a worker,
	 * after its end (block/bio.c: bio_check_pages_dirty(), 6.1 to 6.18).
	 */
	if (!err && !trial->facts.agree)
		trial_await_unpinned(trial);
	for (int i = 1; i < AUDITS && !err && !trial->facts.agree; i++) {
		err = settle(trial);
		if (!err)
			err = audit_once(trial);
	}
	return err;
}

static int forget(struct trial *trial, struct stepper *stepper)
{
	int err = trial_step(trial, stepper, NULL, "munmap mem=m");

	return err ? err : trial_step(trial, stepper, NULL, "close fd=t");
}

static int destroy(struct trial *trial)
{
	int err = trial->owner_gone ? 0 : forget(trial, trial->site->writer);

	if (!err)
		err = forget(trial, trial->site->observer);
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
		.is = PART_ON_MOUNT,
	},
	.make = make,
	.dirty = dirty,
	.look = look,
	.settle = settle,
	.plant = trial_plant,
	.audit = audit,
	.destroy = destroy,
};
