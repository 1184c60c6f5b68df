/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A piece of a scrub on a mount. Its blocks are owned while they are compared;
 * with those who read, unless they are to get checksums.
 */
#include <unistd.h>

#include "common/digest.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/store-internal.h"

struct piece {
	struct store_work work;
	struct store_scrub *scrub;
	uint64_t size;		/* of the file [bytes] */
};

static void note_mismatch(void *context, uint64_t block, uint64_t stored,
			  uint64_t found)
{
	struct piece *piece = context;
	uint64_t rest = piece->size - block * DIGEST_BLOCK;

	store_blame(&piece->work, "scrub", block, stored, found,
		    (size_t)MIN(rest, (uint64_t)DIGEST_BLOCK));
	piece->scrub->mismatch(piece->scrub->context, block, stored, found);
}

/* Only what has data can be adopted; a file without has no checksums made. */
static bool can_adopt(const struct store_scrub *scrub, int fd, uint64_t size)
{
	const struct csum_scrub look = { .fd = fd, .size = size };

	return scrub->adopt &&
	       csum_scrub_next(&look, scrub->block) <
	       scrub->block + scrub->count;
}

static void count(struct fs *fs, const struct csum_scrub_counts *counts)
{
	stats_add(&fs->stats.verified_blocks, counts->verified);
	stats_add(&fs->stats.dropped_blocks, counts->dropped);
}

int store_scrub(struct fs *fs, struct inode *inode, int fd,
		struct store_scrub *scrub)
{
	struct store_file *file = inode_store(inode);
	bool looked = atomic_load(&file->looked);
	uint64_t to = scrub->block + scrub->count;
	struct piece piece = { .scrub = scrub };
	struct csum_scrub csum = {
		.fd = fd, .mismatch = note_mismatch, .context = &piece,
	};
	off_t size;
	int err = store_size(fd, &size);
	bool adopt = !err && can_adopt(scrub, fd, (uint64_t)size);

	if (err)
		return err;
	err = store_begin(&piece.work, fs, inode, fd, scrub->block, to, !adopt,
			  adopt);
	if (err)
		return err;
	/* It may have been cut meanwhile; from now on these blocks are not. */
	err = store_size(fd, &size);
	csum.file = piece.work.csum;
	csum.size = piece.size = (uint64_t)size;
	csum.adopt = adopt && csum.file;
	if (!err)
		err = csum_scrub_blocks(&csum, scrub->block, to);
	store_done(&piece.work);
	scrub->counts = csum.counts;
	scrub->next = csum_scrub_next(&csum, to);
	scrub->found = looked ? CSUM_FOUND_NONE : atomic_load(&file->found);
	count(fs, &csum.counts);
	return err;
}
