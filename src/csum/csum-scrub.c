/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison of bytes with checksums that "pinctl scrub" and the daemon make.
 *
 * A hole is not data. One that has a checksum was not a hole when it got it, and
 * is compared like any other block.
 *
 * What is compared is what the disk has, not what memory remembers: a batch is
 * dropped from the page cache and asked for again while the one before it is
 * compared. The kernel's own reading ahead is off meanwhile; it would bring what
 * is then dropped, and everything was read twice.
 */
#include "csum/csum-scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
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
	uint64_t hole_to;		/* a hole that was found ends there */
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

static bool is_zero(const uint8_t *bytes, size_t len)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, len - 1);
}

/*
 * By SEEK_DATA only, which answers at once in data: SEEK_HOLE walks to the end
 * of it, page by page on tmpfs.
 */
static bool lies_in_hole(struct batch *batch, uint64_t block)
{
	off_t data;

	if (block < batch->hole_to)
		return true;
	data = lseek(batch->scrub->fd, (off_t)(block * DIGEST_BLOCK),
		     SEEK_DATA);
	if (data >= 0)
		batch->hole_to = (uint64_t)data / DIGEST_BLOCK;
	else if (errno == ENXIO)
		batch->hole_to = UINT64_MAX;
	return block < batch->hole_to;
}

static void judge(struct batch *batch, size_t i, size_t len)
{
	struct csum_scrub_counts *counts = &batch->scrub->counts;
	const uint8_t *bytes = batch->bytes + i * DIGEST_BLOCK;
	uint64_t stored = batch->digests[i];
	uint64_t found;

	if (stored == CSUM_UNVERIFIED && is_zero(bytes, len) &&
	    lies_in_hole(batch, batch->block + i))
		return;
	counts->blocks++;
	found = csum_of_block(bytes, len);
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
	batch->hole_to = 0;
	for (size_t i = 0; i * DIGEST_BLOCK < (size_t)got; i++)
		judge(batch, i, MIN((size_t)got - i * DIGEST_BLOCK,
				    (size_t)DIGEST_BLOCK));
	if (!scrub->adopt)
		return 0;
	err = forget_dropped(batch);
	return err ? err : adopt(batch, adopted_before);
}

/* Dropping what cannot be dropped is slow: mm/fadvise.c: lru_add_drain_all(). */
static bool is_in_memory(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) &&
	       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* Nothing depends on any of these. */
static void advise(int fd, uint64_t block, uint64_t to, int advice)
{
	(void)posix_fadvise(fd, (off_t)(block * DIGEST_BLOCK),
			    (off_t)((to - block) * DIGEST_BLOCK), advice);
}

static void ask_again(int fd, uint64_t block, uint64_t to)
{
	if (block >= to)
		return;
	advise(fd, block, MIN(to, block + BATCH), POSIX_FADV_DONTNEED);
	advise(fd, block, MIN(to, block + BATCH), POSIX_FADV_WILLNEED);
}

static int do_batches(struct batch *batch, uint64_t block, uint64_t to)
{
	int fd = batch->scrub->fd;
	bool on_disk = !is_in_memory(fd);
	int err = 0;

	if (on_disk)
		ask_again(fd, block, to);
	for (; !err && block < to; block += BATCH) {
		if (on_disk)
			ask_again(fd, block + BATCH, to);
		batch->block = block;
		batch->count = MIN(to - block, (uint64_t)BATCH);
		err = do_batch(batch);
	}
	return err;
}

int csum_scrub_blocks(struct csum_scrub *scrub, uint64_t block, uint64_t to)
{
	struct batch *batch = malloc(sizeof(*batch));
	int err;

	if (!batch)
		return -ENOMEM;
	batch->scrub = scrub;
	to = MIN(to, (scrub->size + DIGEST_BLOCK - 1) / DIGEST_BLOCK);
	advise(scrub->fd, 0, 0, POSIX_FADV_RANDOM);
	err = do_batches(batch, block, to);
	advise(scrub->fd, 0, 0, POSIX_FADV_NORMAL);
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
