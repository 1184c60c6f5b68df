/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verifying bytes of SOURCE: on every READ, and of a block's old bytes before a
 * part of it changes, so that no corruption gets a good checksum.
 *
 * A READ is verified in whole blocks: one that begins or ends within a block
 * reads all of it.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/fdio.h"
#include "common/json.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/store-internal.h"

static json_t *media_json(const struct store_work *work, const char *during,
			  uint64_t block, uint64_t stored, uint64_t found,
			  size_t len)
{
	char path[PATH_MAX];
	char stored_hex[DIGEST_HEX_SIZE];
	char found_hex[DIGEST_HEX_SIZE];

	inode_path(work->fs->inodes, work->inode, NULL, path, sizeof(path));
	digest_hex(stored, stored_hex);
	digest_hex(found, found_hex);
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:s, s:s, s:s}",
			 "path", json_text(path),
			 "ino", (json_int_t)inode_ino(work->inode),
			 "block", (json_int_t)block,
			 "offset", (json_int_t)(block * DIGEST_BLOCK),
			 "length", (json_int_t)len,
			 "stored", stored_hex, "found", found_hex,
			 "during", during);
}

void store_blame(const struct store_work *work, const char *during,
		 uint64_t block, uint64_t stored, uint64_t found, size_t len)
{
	struct fs *fs = work->fs;

	stats_add(&fs->stats.media_blocks, 1);
	if (event_allowed(fs->events, work->inode))
		event_write(fs->events, "media", media_json(
			work, during, block, stored, found, len));
}

bool store_mismatch(const struct store_work *work, const char *during,
		    uint64_t block, uint64_t stored, const void *bytes,
		    size_t len)
{
	if (!csum_file_blames(work->csum, block, stored)) {
		stats_add(&work->fs->stats.dropped_blocks, 1);
		csum_file_drop(work->csum, block);
		return false;
	}
	store_blame(work, during, block, stored, csum_of_block(bytes, len),
		    len);
	return true;
}

/* ---- READ ---- */

/* Blocks @block to @block + @count, of which @got bytes are at @bytes. */
static int verify_batch(const struct store_work *work, uint64_t block,
			size_t count, const uint8_t *bytes, size_t got)
{
	uint64_t digests[STORE_BATCH];
	uint64_t matched = 0;
	int err = csum_file_read(work->csum, block, count, digests);
	bool bad = false;

	for (size_t i = 0; !err && i < count && i * DIGEST_BLOCK < got; i++) {
		const uint8_t *at = bytes + i * DIGEST_BLOCK;
		size_t len = MIN(got - i * DIGEST_BLOCK, (size_t)DIGEST_BLOCK);

		if (digests[i] == CSUM_UNVERIFIED)
			continue;
		if (store_matches(digests[i], at, len))
			matched++;
		else
			bad |= store_mismatch(work, "read", block + i,
					      digests[i], at, len);
	}
	stats_add(&work->fs->stats.verified_blocks, matched);
	if (bad && work->fs->config->verify == CONFIG_VERIFY_FAIL)
		return -EIO;
	return err;
}

static int verify(const struct store_work *work, uint64_t block,
		  const uint8_t *bytes, size_t got)
{
	size_t count = (got + DIGEST_BLOCK - 1) / DIGEST_BLOCK;
	int err = 0;

	for (size_t done = 0; done < count; done += STORE_BATCH) {
		size_t n = MIN(count - done, (size_t)STORE_BATCH);
		int ret = verify_batch(work, block + done, n,
				       bytes + done * DIGEST_BLOCK,
				       got - done * DIGEST_BLOCK);

		err = err ? err : ret;
	}
	return err;
}

/* @got bytes from @bytes on are what was asked for, and perhaps more. */
static void flip_bit(uint8_t *bytes, ssize_t got, int64_t bit)
{
	if (bit >= 0 && bit / 8 < got)
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

/* pread(2), and what is wrong with it on purpose. */
static ssize_t read_source(int fd, uint8_t *bytes, size_t len, off_t off,
			   size_t skip, int64_t flip)
{
	ssize_t got = fdio_pread(fd, bytes, len, off);

	flip_bit(bytes + skip, got - (ssize_t)skip, flip);
	return got;
}

ssize_t store_read(struct fs *fs, struct inode *inode, int fd, void *room,
		   size_t size, off_t off, int64_t flip, uint8_t **data_ret)
{
	uint64_t first = (uint64_t)off / DIGEST_BLOCK;
	uint64_t end = ((uint64_t)off + size + DIGEST_BLOCK - 1) / DIGEST_BLOCK;
	size_t skip = (uint64_t)off % DIGEST_BLOCK;
	struct store_work work;
	ssize_t got;
	int err;

	if (fs->config->verify == CONFIG_VERIFY_OFF) {
		*data_ret = room;
		return read_source(fd, room, size, off, 0, flip);
	}
	*data_ret = (uint8_t *)room + skip;
	err = store_begin(&work, fs, inode, fd, first, end, true, false);
	if (err)
		return err;
	if (!work.csum) {
		store_done(&work);
		return read_source(fd, *data_ret, size, off, 0, flip);
	}
	got = read_source(fd, room, (end - first) * DIGEST_BLOCK,
			  (off_t)(first * DIGEST_BLOCK), skip, flip);
	if (got > 0)
		err = verify(&work, first, room, (size_t)got);
	store_done(&work);
	if (err || got < 0)
		return err ? err : got;
	return (size_t)got > skip ? (ssize_t)MIN(got - skip, size) : 0;
}

/* ---- before a part of a block changes ---- */

/* Nothing of the block was ever written: its old bytes are zeros, for sure. */
static bool is_hole(int fd, uint64_t start)
{
	off_t data = lseek(fd, (off_t)start, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO;
	return (uint64_t)data >= start + DIGEST_BLOCK;
}

int store_verify_old(const struct store_work *work, const char *during,
		     uint64_t block, off_t size,
		     struct store_partial *partial_ret)
{
	uint64_t start = block * DIGEST_BLOCK;
	struct store_partial *partial = partial_ret;
	uint64_t stored;
	ssize_t got;
	int err;

	partial->block = block;
	partial->old = STORE_OLD_UNKNOWN;
	memset(partial->bytes, 0, sizeof(partial->bytes));
	/* Behind the end there is nothing to verify: it reads as zeros. */
	if (start >= (uint64_t)size) {
		partial->old = STORE_OLD_GOOD;
		return 0;
	}
	err = csum_file_read(work->csum, block, 1, &stored);
	if (!err && stored == CSUM_UNVERIFIED && is_hole(work->fd, start))
		partial->old = STORE_OLD_GOOD;
	if (err || stored == CSUM_UNVERIFIED)
		return err;
	got = fdio_pread(work->fd, partial->bytes, sizeof(partial->bytes),
			 (off_t)start);
	if (got == -EBADF)	/* it could be opened for writing only */
		return 0;
	if (got < 0)
		return (int)got;
	if (store_matches(stored, partial->bytes, (size_t)got)) {
		partial->old = STORE_OLD_GOOD;
		return 0;
	}
	if (!store_mismatch(work, during, block, stored, partial->bytes,
			    (size_t)got))
		return 0;
	partial->old = STORE_OLD_BAD;
	return work->fs->config->verify == CONFIG_VERIFY_FAIL ? -EIO : 0;
}

uint64_t store_new_digest(const struct store_partial *partial)
{
	switch (partial->old) {
	case STORE_OLD_GOOD:
		return csum_of_block(partial->bytes, sizeof(partial->bytes));
	case STORE_OLD_BAD:
		return CSUM_BAD;
	default:
		return CSUM_UNVERIFIED;
	}
}
