/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checksums of blocks: reading, changing and discarding them.
 *
 * "end" is a bound: no checksum lies from that block on, so that a file which
 * only grows is not read, and not marked unverified first. Whoever raises or
 * lowers it owns the blocks in question.
 */
#include "csum/csum-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/fdio.h"
#include "common/log.h"
#include "csum/csum-file-internal.h"

/* ---- checksums ---- */

/* How many of @count checksums lie in one piece, from @block on. */
static size_t piece(uint64_t block, size_t count)
{
	return MIN(count, CSUM_GROUP_BLOCKS - block % CSUM_GROUP_BLOCKS);
}

static int read_piece(int fd, uint64_t block, size_t count, uint64_t *digests)
{
	ssize_t n = fdio_pread(fd, digests, count * 8, csum_digest_at(block));

	if (n < 0)
		return (int)n;
	memset((char *)digests + n, 0, count * 8 - n);
	for (size_t i = 0; i < count; i++)
		digests[i] = le64toh(digests[i]);
	return 0;
}

int csum_file_read(struct csum_file *file, uint64_t block, size_t count,
		   uint64_t *digests)
{
	int err;
	int fd;

	if (block >= atomic_load(&file->end)) {
		memset(digests, 0, count * 8);
		return 0;
	}
	err = csum_file_get_fd(file, &fd);
	if (err == -ENOENT) {
		memset(digests, 0, count * 8);
		return 0;
	}
	if (err)
		return err;
	for (size_t done = 0; done < count && !err;) {
		size_t n = piece(block + done, count - done);

		err = read_piece(fd, block + done, n, digests + done);
		done += n;
	}
	csum_file_put_fd(file);
	return err;
}

bool csum_file_blames(struct csum_file *file, uint64_t block, uint64_t stored)
{
	uint64_t now;

	return csum_file_trusts(file, block) &&
	       !csum_file_read(file, block, 1, &now) && now == stored;
}

/* @digests NULL: all CSUM_UNVERIFIED. */
static int write_digests(int fd, uint64_t block, size_t count,
			 const uint64_t *digests)
{
	uint64_t words[CSUM_REGION_BLOCKS];
	int err = 0;

	for (size_t done = 0; done < count && !err;) {
		size_t n = MIN(piece(block + done, count - done),
			       ARRAY_SIZE(words));

		for (size_t i = 0; i < n; i++)
			words[i] = digests ? htole64(digests[done + i]) : 0;
		err = fdio_pwrite(fd, words, n * 8,
				  csum_digest_at(block + done));
		done += n;
	}
	return err;
}

static void raise_end(struct csum_file *file, uint64_t end)
{
	uint64_t old = atomic_load(&file->end);

	while (old < end && !atomic_compare_exchange_weak(&file->end, &old, end))
		;
}

int csum_file_begin(struct csum_file *file, int data_fd, uint64_t block,
		    size_t count)
{
	uint64_t end = atomic_load(&file->end);
	int err;
	int fd;

	err = csum_file_get_fd(file, &fd);
	if (err)
		return err;
	err = csum_region_begin(file, data_fd, block, block + count);
	if (!err && block < end) {
		err = write_digests(fd, block, MIN(count, end - block), NULL);
		if (err)
			csum_region_end(file, block, block + count);
	}
	if (err)
		csum_file_put_fd(file);
	return err;
}

void csum_file_end(struct csum_file *file, uint64_t block, size_t count,
		   const uint64_t *digests)
{
	if (digests) {
		int err;
		int fd;

		/* Counted by csum_file_begin(), so it is open. */
		mutex_lock(&file->lock);
		fd = file->fd;
		mutex_unlock(&file->lock);
		raise_end(file, block + count);
		err = write_digests(fd, block, count, digests);
		if (err)
			log_debug("checksums %s: %s", file->path,
				  strerror(-err));
	}
	csum_region_end(file, block, block + count);
	csum_file_put_fd(file);
}

void csum_file_drop(struct csum_file *file, uint64_t block)
{
	int fd;

	if (csum_store_change(file->store) || csum_file_get_fd(file, &fd))
		return;
	if (write_digests(fd, block, 1, NULL))
		log_debug("checksums %s: not dropped", file->path);
	csum_file_put_fd(file);
}

/* ---- holes ---- */

/* Remove the checksums of blocks of one group, which end at @to or before. */
static int punch(int fd, uint64_t block, uint64_t to)
{
	off_t from = csum_digest_at(block);
	off_t len = (off_t)(to - block) * 8;
	int err = 0;

	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from,
		      len))
		err = errno == EOPNOTSUPP ?
			write_digests(fd, block, to - block, NULL) : -errno;
	return err;
}

/* Where the next checksum is on the disk; UINT64_MAX: nowhere. */
static uint64_t next_stored(int fd, uint64_t block)
{
	off_t at = lseek(fd, csum_digest_at(block), SEEK_DATA);

	if (at >= 0)
		return MAX(block, csum_file_end_of(at / 8 * 8));
	return errno == ENXIO ? UINT64_MAX : block;
}

/* A file may be of exabytes with nothing in between. */
static int punch_all(int fd, uint64_t block, uint64_t to)
{
	int err = 0;

	block = next_stored(fd, block);
	while (block < to && !err) {
		uint64_t group_end = (block / CSUM_GROUP_BLOCKS + 1) *
				     CSUM_GROUP_BLOCKS;
		uint64_t stop = MIN(to, group_end);

		err = punch(fd, block, stop);
		block = next_stored(fd, stop);
	}
	return err;
}

static int discard(struct csum_file *file, int fd, uint64_t block, uint64_t to)
{
	uint64_t end = atomic_load(&file->end);
	int err;

	if (block >= end)
		return 0;
	err = csum_store_change(file->store);
	if (!err)
		err = punch_all(fd, block, MIN(to, end));
	/* Checksums of what becomes zeros must not come back by a power cut. */
	if (!err && atomic_load(&file->durable) && fdatasync(fd))
		err = -errno;
	/* Unless somebody has put a checksum behind what we own. */
	if (!err && to >= end)
		atomic_compare_exchange_strong(&file->end, &end, block);
	return err;
}

int csum_file_discard(struct csum_file *file, uint64_t block, uint64_t to)
{
	int err;
	int fd;

	err = csum_file_get_fd(file, &fd);
	if (err)
		return err;
	csum_region_discard(file);
	err = discard(file, fd, block, to);
	if (err)
		csum_file_discarded(file);
	return err;
}

void csum_file_discarded(struct csum_file *file)
{
	csum_region_discarded(file);
	csum_file_put_fd(file);
}

uint64_t csum_file_next(struct csum_file *file, uint64_t block)
{
	uint64_t found;
	int fd;

	if (block >= atomic_load(&file->end) || csum_file_get_fd(file, &fd))
		return UINT64_MAX;
	found = next_stored(fd, block);
	csum_file_put_fd(file);
	return found;
}
