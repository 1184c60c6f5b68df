/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the phases of targets that are a file of a filesystem on the mount.
 *
 * What is in the store of such a file is what its device has. The file system
 * itself cannot be asked: an O_DIRECT read of the file writes back first what is
 * dirty in its cache (mm/filemap.c: kiocb_write_and_wait(), 6.18), which a look
 * must not do, least of all when it is frozen. So FS_IOC_FIEMAP says where the
 * bytes are, each time anew, since btrfs writes nothing twice to the same place;
 * and they are read from the image, "d" in the observer, with O_DIRECT: that is
 * what the daemon has of them in SOURCE, where the image has no name. On btrfs
 * the place is an address of its own, which is the device's as well in the one
 * block group that mkfs.btrfs makes; that the bytes are found there before
 * anything happens is part of the moments.
 */
#include "client/targets/staged.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/stage.h"
#include "client/targets/file.h"
#include "common/clock.h"

enum { PLANTED = TRIAL_GENERATION_NEW + 1 };	/* a generation of nobody's */

/*
 * After a failure that does not just say that it cannot be made here there may
 * be a process that hangs: the site is closed for that, as for a trial that has
 * begun.
 */
int staged_probe(struct trial *trial, const char *kind)
{
	const char *why;
	int err = stage_get(trial->site, kind, STAGE_TO_WRITE, &trial->stage,
			    &why);

	trial->made = err && err != -EOPNOTSUPP;
	return err ? trial_fail(trial, err, "%s", why) : 0;
}

static int open_image(struct trial *trial)
{
	return trial_step(trial, trial->site->observer, NULL,
			  "open fd=d path=%s direct", trial->stage->image);
}

/* With its blocks on the device: they will be looked for. */
int staged_make(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	struct stepper *observer = trial->site->observer;
	int err = trial_step(trial, writer, NULL,
			     "create fd=t path=%s/%s size=%llu gen=1",
			     trial->stage->path, trial->target,
			     (unsigned long long)shape_file_size(trial->shape));

	if (!err)
		err = trial_step(trial, writer, NULL, "fsync fd=t");
	if (!err)
		err = file_map(trial, writer);
	if (!err)
		err = trial_step(trial, observer, NULL, "open fd=t path=%s/%s",
				 trial->stage->path, trial->target);
	if (!err)
		err = file_map(trial, observer);
	return err ? err : open_image(trial);
}

/* Where on the device the block is, counted from base. */
static int find_block(struct trial *trial, unsigned int block, long *place_ret)
{
	struct stepper_result result;
	uint64_t off = trial->base + (uint64_t)block * SHAPE_PAGE;
	int err = trial_step(trial, trial->site->observer, &result,
			     "place fd=t off=%llu", (unsigned long long)off);

	if (!err)
		*place_ret = result.ret;
	return err;
}

static int digest_one(struct trial *trial, unsigned int block,
		      char digest[DIGEST_HEX_SIZE])
{
	struct stepper_result result;
	uint32_t len = MIN(trial->seen - block * SHAPE_PAGE,
			   (uint32_t)SHAPE_PAGE);
	long place;
	int err = find_block(trial, block, &place);

	if (!err)
		err = trial_step(trial, trial->site->observer, &result,
				 "digest fd=d off=%ld len=%u", place, len);
	if (!err && !trial_word(&result, "digest", digest, DIGEST_HEX_SIZE))
		err = trial_fail(trial, -EPROTO, "no digest in '%s'",
				 result.text);
	return err;
}

int staged_store(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE])
{
	size_t used = 0;

	digests[0] = '\0';
	for (unsigned int i = 0; i * SHAPE_PAGE < trial->seen; i++) {
		char digest[DIGEST_HEX_SIZE];
		int err = digest_one(trial, i, digest);

		if (err)
			return err;
		used += (size_t)snprintf(digests + used,
					 TRIAL_DIGESTS_SIZE - used, "%s%s",
					 i ? "," : "", digest);
	}
	return 0;
}

/*
 * Until it is clean: on btrfs (6.18.44) fsync(2) was seen to return while a page
 * that a pin had dirtied was dirty still. One that stays so is the audit's to see.
 * Nor does fsync(2) wait until the file has its new place (btrfs_sync_file():
 * the fast one only waits for the writing); FIEMAP_FLAG_SYNC does.
 */
int staged_settle(struct trial *trial)
{
	uint64_t end_ns = clock_deadline_ns(trial->site->step_ns / 2);
	bool dirty = true;
	int err = 0;

	while (!err && dirty && clock_now_ns() < end_ns) {
		err = file_settle(trial);
		if (!err)
			err = trial_is_dirty(trial, &dirty);
	}
	return err ? err : trial_step(trial, trial->site->observer, NULL,
				      "place fd=t off=%llu sync",
				      (unsigned long long)trial->base);
}

int staged_plant(struct trial *trial)
{
	long place;
	int err;

	/* Nobody can write there, nor ask where it is. */
	trial->plant_late = trial->paused;
	if (trial->paused)
		return 0;
	err = find_block(trial, 0, &place);
	return err ? err : trial_step(trial, trial->site->observer, NULL,
				      "write fd=d off=%ld len=%d gen=%d", place,
				      SHAPE_PAGE, PLANTED);
}

int staged_destroy(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	int err = file_forget(trial);

	if (!err)
		err = trial_step(trial, observer, NULL, "close fd=d");
	return err ? err : trial_step(trial, observer, NULL,
				      "unlink path=%s/%s", trial->stage->path,
				      trial->target);
}
