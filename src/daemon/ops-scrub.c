/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PINFS_IOC_SCRUB: the words of the call to and from what store_scrub() takes
 * and gives.
 *
 * Whoever may read a file may scrub it, and adopt: its bytes stay as they are.
 */
#include "daemon/ops.h"

#include <errno.h>
#include <pinfs/ioctl.h>

#include "common/digest.h"
#include "daemon/handle.h"
#include "daemon/store.h"

static void add_mismatch(void *context, uint64_t block, uint64_t stored,
			 uint64_t found)
{
	struct pinfs_ioc_scrub *words = context;

	words->mismatch[words->bad++] = (struct pinfs_scrub_mismatch){
		.block = block, .stored = stored, .found = found,
	};
}

static int check(const struct handle *handle,
		 const struct pinfs_ioc_scrub *words)
{
	if (words->flags & ~PINFS_SCRUB_ADOPT || !words->count ||
	    words->count > PINFS_SCRUB_BLOCKS ||
	    words->block > (uint64_t)INT64_MAX / DIGEST_BLOCK - words->count)
		return -EINVAL;
	return handle->readable ? 0 : -EBADF;
}

static void fill(struct pinfs_ioc_scrub *words, const struct store_scrub *scrub)
{
	const struct csum_scrub_counts *counts = &scrub->counts;

	words->next = scrub->next;
	words->blocks = counts->blocks;
	words->verified = counts->verified;
	words->adopted = counts->adopted;
	words->unverified = counts->unverified;
	words->untrusted = counts->dropped;
	words->state = scrub->found == CSUM_FOUND_CHANGED ?
		PINFS_SCRUB_CHANGED : scrub->found == CSUM_FOUND_DAMAGED ?
		PINFS_SCRUB_DAMAGED : 0;
}

int ops_scrub(struct fs *fs, const struct handle *handle,
	      struct pinfs_ioc_scrub *words)
{
	struct store_scrub scrub = {
		.block = words->block,
		.count = words->count,
		.adopt = words->flags & PINFS_SCRUB_ADOPT,
		.mismatch = add_mismatch,
		.context = words,
	};
	int err = check(handle, words);

	words->bad = 0;
	if (!err)
		err = store_scrub(fs, handle->inode, handle->fd, &scrub);
	if (!err)
		fill(words, &scrub);
	return err;
}
