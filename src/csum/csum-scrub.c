/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison of bytes with checksums that "pinctl scrub" and the daemon make.
 *
 * A hole is not data. One that has a checksum was not a hole when it got it, and
 * is compared like any other block.
 */
#include "csum/csum-scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fdio.h"
#include "csum/csum-file.h"
#include "csum/csum-format.h"

enum { BATCH = 256 };	/* blocks read at once */

/* A batch of blocks at work. */
struct batch {
	struct csum_scrub *scrub;
	uint64_t block;
	size_t count;
	uint64_t digests[BATCH];
	uint64_t adopted[BATCH];	/* what to store; as it was, but adopted */
	bool is_hole[BATCH];
	uint8_t bytes[BATCH * DIGEST_BLOCK];
};

static void judge_mismatch(struct batch *batch, size_t i, uint64_t found)
{
	struct csum_scrub *scrub = batch->scrub;
	uint64_t block = batch->block + i;

	if (csum_file_blames(scrub->file, block, batch->digests[i])) {
		scrub->counts.mismatched++;
		scrub->mismatch(scrub->context, block, batch->digests[i], found);
	} else {
		scrub->counts.dropped++;
		csum_file_drop(scrub->file, block);
	}
}

static void judge(struct batch *batch, size_t i, size_t len)
{
	struct csum_scrub_counts *counts = &batch->scrub->counts;
	uint64_t stored = batch->digests[i];
	uint64_t found;

	if (batch->is_hole[i] && stored == CSUM_UNVERIFIED)
		return;
	counts->blocks++;
	found = csum_of_block(batch->bytes + i * DIGEST_BLOCK, len);
	if (stored == found) {
		counts->verified++;
	} else if (stored != CSUM_UNVERIFIED) {
		judge_mismatch(batch, i, found);
	} else if (batch->scrub->adopt) {
		batch->adopted[i] = found;
		counts->adopted++;
	} else {
		counts->unverified++;
	}
}

/* Which of the blocks lie in holes of the file. */
static void find_holes(struct batch *batch)
{
	int fd = batch->scrub->fd;
	off_t at = (off_t)(batch->block * DIGEST_BLOCK);
	off_t end = at + (off_t)(batch->count * DIGEST_BLOCK);

	memset(batch->is_hole, 0, sizeof(batch->is_hole));
	while (at < end) {
		off_t data = lseek(fd, at, SEEK_DATA);
		off_t stop = data < 0 ? end : MIN(data, end);

		if (data < 0 && errno != ENXIO)
			return;
		for (; at + DIGEST_BLOCK <= stop; at += DIGEST_BLOCK)
			batch->is_hole[at / DIGEST_BLOCK - batch->block] = true;
		if (data < 0)
			return;
		at = lseek(fd, data, SEEK_HOLE);
		if (at < 0)
			return;
		at = (at + DIGEST_BLOCK - 1) / DIGEST_BLOCK * DIGEST_BLOCK;
	}
}

static int adopt(struct batch *batch, uint64_t adopted_before)
{
	struct csum_scrub *scrub = batch->scrub;
	int err;

	if (scrub->counts.adopted == adopted_before)
		return 0;
	err = csum_file_begin(scrub->file, scrub->fd, batch->block,
			      batch->count);
	if (err)
		return err;
	csum_file_end(scrub->file, batch->block, batch->count, batch->adopted);
	return 0;
}

/*
 * A block whose checksum was dropped must not come back with those that are
 * adopted: it is adopted with the next scrub.
 */
static int forget_dropped(struct batch *batch)
{
	uint64_t now[BATCH];
	int err = csum_file_read(batch->scrub->file, batch->block, batch->count,
				 now);

	for (size_t i = 0; !err && i < batch->count; i++)
		if (batch->adopted[i] == batch->digests[i])
			batch->adopted[i] = now[i];
	return err;
}

static int do_batch(struct batch *batch)
{
	struct csum_scrub *scrub = batch->scrub;
	uint64_t adopted_before = scrub->counts.adopted;
	ssize_t got;
	int err = 0;

	/* What the disk has, not what memory remembers. */
	(void)posix_fadvise(scrub->fd, (off_t)(batch->block * DIGEST_BLOCK),
			    (off_t)(batch->count * DIGEST_BLOCK),
			    POSIX_FADV_DONTNEED);
	got = fdio_pread(scrub->fd, batch->bytes,
			 batch->count * DIGEST_BLOCK,
			 (off_t)(batch->block * DIGEST_BLOCK));
	if (got < 0)
		return (int)got;
	memset(batch->digests, 0, sizeof(batch->digests));
	if (scrub->file)
		err = csum_file_read(scrub->file, batch->block, batch->count,
				     batch->digests);
	if (err)
		return err;
	memcpy(batch->adopted, batch->digests, sizeof(batch->adopted));
	find_holes(batch);
	for (size_t i = 0; i * DIGEST_BLOCK < (size_t)got; i++)
		judge(batch, i, MIN((size_t)got - i * DIGEST_BLOCK,
				    (size_t)DIGEST_BLOCK));
	if (!scrub->adopt)
		return 0;
	err = forget_dropped(batch);
	return err ? err : adopt(batch, adopted_before);
}

int csum_scrub_blocks(struct csum_scrub *scrub, uint64_t block, uint64_t to)
{
	struct batch *batch = malloc(sizeof(*batch));
	int err = batch ? 0 : -ENOMEM;

	to = MIN(to, (scrub->size + DIGEST_BLOCK - 1) / DIGEST_BLOCK);
	while (!err && block < to) {
		batch->scrub = scrub;
		batch->block = block;
		batch->count = MIN(to - block, (uint64_t)BATCH);
		err = do_batch(batch);
		block += BATCH;
	}
	free(batch);
	return err;
}

uint64_t csum_scrub_next(const struct csum_scrub *scrub, uint64_t block)
{
	uint64_t end = (scrub->size + DIGEST_BLOCK - 1) / DIGEST_BLOCK;
	uint64_t next = scrub->file ? csum_file_next(scrub->file, block) :
				      UINT64_MAX;
	off_t data = lseek(scrub->fd, (off_t)(block * DIGEST_BLOCK), SEEK_DATA);

	if (data >= 0)
		next = MIN(next, MAX(block, (uint64_t)data / DIGEST_BLOCK));
	else if (errno != ENXIO)
		next = block;
	return next < end ? next : UINT64_MAX;
}
