/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the phases of targets that are a shared mapping of a file. */
#include "client/targets/file.h"

#include <errno.h>
#include <string.h>

#include "client/errname.h"
#include "common/clock.h"

enum {
	AUDITS = 3,		/* looks before they "differ for good" */
	LATE_NS = 50000000,	/* between two of them [ns] */
};

int file_create(struct trial *trial, uint64_t filled)
{
	struct stepper_result result;
	int err = trial_try(trial, trial->site->writer, &result,
			    "create fd=t path=%s size=%llu gen=1",
			    trial->target, (unsigned long long)filled);

	if (err || result.ok)
		return err;
	if (result.err == EROFS)
		return trial_fail(trial, -EOPNOTSUPP,
				  "the mount is read-only");
	return trial_fail(trial, -EIO, "cannot create '%s' on the mount: %s",
			  trial->target, errname_from(result.err));
}

/* MAP_SHARED of a FOPEN_DIRECT_IO file: fs/fuse/file.c, fuse_file_mmap(). */
int file_map(struct trial *trial, struct stepper *stepper)
{
	struct stepper_result result;
	int err = trial_try(trial, stepper, &result, "map mem=m fd=t len=%llu "
			    "mode=rw",
			    (unsigned long long)shape_map_len(trial->shape));

	if (err || result.ok)
		return err;
	if (result.err == ENODEV)
		return trial_fail(trial, -EOPNOTSUPP, "files of this mount "
				  "cannot be mapped: it has no page cache");
	return trial_fail(trial, -EIO, "cannot map '%s': %s", trial->target,
			  errname_from(result.err));
}

int file_dirty(struct trial *trial)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "store mem=m off=%llu len=%u gen=%d file=%s",
			  (unsigned long long)trial->base, trial->seen,
			  TRIAL_GENERATION_OLD, trial->target);
}

int file_look(struct trial *trial, enum judge_bytes *bytes_ret)
{
	char digest[TRIAL_DIGESTS_SIZE];
	int err = trial_digest(trial, "mem=m", digest);

	if (!err)
		*bytes_ret = trial_bytes(trial, digest);
	return err;
}

/* An error of fsync(2) is no failure of ours: what it did shows afterwards. */
int file_settle(struct trial *trial)
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

/*
 * Other runs may let go of pins as well, and so hide that ours is still held; on
 * a busy machine a worker takes its time.
 */
static bool may_come_late(const struct judge_facts *facts)
{
	return facts->mapping == JUDGE_NEW && facts->file == JUDGE_NEW &&
	       facts->store == JUDGE_OLD;
}

int file_audit(struct trial *trial)
{
	int err = audit_once(trial);

	/*
	 * A bio whose page was cleaned meanwhile has it dirtied by a worker,
	 * after its end (block/bio.c: bio_check_pages_dirty(), 6.1 to 6.18).
	 */
	if (!err && !trial->facts.agree)
		trial_await_unpinned(trial);
	for (int i = 1; i < AUDITS && !err && !trial->facts.agree; i++) {
		if (may_come_late(&trial->facts))
			clock_sleep_ns((uint64_t)i * LATE_NS);
		err = file_settle(trial);
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

int file_forget(struct trial *trial)
{
	int err = trial->owner_gone ? 0 : forget(trial, trial->site->writer);

	return err ? err : forget(trial, trial->site->observer);
}
