/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing bytes with their checksums:
 *
 *   own the blocks, verify the old bytes of those written in part, mark all of
 *   them unverified, write the bytes, store the new checksums.
 *
 * A block is written whole when the bytes cover it, or begin where it begins and
 * reach the end of the file. At most two are not: the first and the last.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/record.h"
#include "daemon/store-internal.h"

/* A WRITE at work. */
struct writing {
	struct store_work work;
	const uint8_t *data;	/* what the checksums are of */
	const uint8_t *bytes;	/* what is written: the same, faults excepted */
	size_t len;
	uint64_t off;
	uint64_t first;		/* blocks first..end */
	uint64_t end;
	uint64_t *digests;	/* to store, one a block */
};

/* The part of a block that is written: [from, to) in the block. */
struct part {
	size_t from;
	size_t to;
	const uint8_t *data;
};

static struct part part_of(const struct writing *writing, uint64_t block)
{
	uint64_t start = block * DIGEST_BLOCK;
	uint64_t from = MAX(start, writing->off);
	uint64_t to = MIN(start + DIGEST_BLOCK, writing->off + writing->len);

	return (struct part){
		.from = from - start,
		.to = to - start,
		.data = writing->data + (from - writing->off),
	};
}

/* The checksum of a block that need not be written whole. */
static int digest_edge(struct writing *writing, uint64_t block, off_t size,
		       uint64_t *digest_ret)
{
	struct part part = part_of(writing, block);
	struct store_partial old;
	int err;

	if (!part.from && block * DIGEST_BLOCK + part.to >= (uint64_t)size) {
		*digest_ret = csum_of_block(part.data, part.to);
		return 0;
	}
	err = store_verify_old(&writing->work, "write", block, size, &old);
	if (err)
		return err;
	memcpy(old.bytes + part.from, part.data, part.to - part.from);
	*digest_ret = store_new_digest(&old);
	return 0;
}

static int compute_digests(struct writing *writing)
{
	off_t size = 0;
	int err = 0;

	if (writing->off % DIGEST_BLOCK ||
	    (writing->off + writing->len) % DIGEST_BLOCK)
		err = store_size(writing->work.fd, &size);
	for (uint64_t block = writing->first; !err && block < writing->end;
	     block++) {
		struct part part = part_of(writing, block);
		uint64_t *digest = &writing->digests[block - writing->first];

		if (part.to - part.from == DIGEST_BLOCK)
			*digest = csum_of_block(part.data, DIGEST_BLOCK);
		else
			err = digest_edge(writing, block, size, digest);
	}
	return err;
}

/* Without checksums being made: whatever there is must not stay. */
static bool keeps_checksums(const struct fs *fs)
{
	return fs->config->csum == CONFIG_CSUM_ON;
}

static int write_checksummed(struct writing *writing)
{
	struct store_work *work = &writing->work;
	size_t count = writing->end - writing->first;
	bool keep = keeps_checksums(work->fs);
	int err = keep ? compute_digests(writing) : 0;
	int written;

	if (err)
		return err;
	err = csum_file_begin(work->csum, work->fd, writing->first, count);
	if (err) {
		err = store_give_up(work, err);
		return err ? err : fdio_pwrite(work->fd, writing->bytes,
					       writing->len,
					       (off_t)writing->off);
	}
	written = fdio_pwrite(work->fd, writing->bytes, writing->len,
			      (off_t)writing->off);
	/* After an error nobody knows what is there. */
	csum_file_end(work->csum, writing->first, count,
		      written || !keep ? NULL : writing->digests);
	return written;
}

/* A copy with a wrong bit; page aligned, as a WRITE's bytes are. */
static uint8_t *copy_flipped(const uint8_t *data, size_t len, int64_t bit)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *copy = aligned_alloc(page, (len + page - 1) / page * page);

	if (!copy)
		return NULL;
	memcpy(copy, data, len);
	copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	return copy;
}

/* After an error nobody knows how much of it has got there. */
static void note_written(const struct writing *writing, int err)
{
	const struct store_work *work = &writing->work;

	if (err)
		record_range(work->fs, work->inode, work->fd,
			     (off_t)writing->off, (off_t)writing->len);
	else
		record_write(work->fs, work->inode, work->fd, writing->bytes,
			     writing->len, (off_t)writing->off);
}

static int write_owned(struct writing *writing, struct fs *fs,
		       struct inode *inode, int fd)
{
	struct store_work *work = &writing->work;
	int err = store_begin(work, fs, inode, fd, writing->first,
			      writing->end, false, true);

	if (err)
		return err;
	err = work->csum ? write_checksummed(writing) :
			   fdio_pwrite(fd, writing->bytes, writing->len,
				       (off_t)writing->off);
	note_written(writing, err);
	store_done(work);
	return err;
}

int store_write(struct fs *fs, struct inode *inode, int fd, const void *data,
		size_t len, off_t off, int64_t flip)
{
	uint64_t room[STORE_BATCH + 2];
	autofree uint8_t *flipped = NULL;
	struct writing writing = {
		.data = data,
		.bytes = data,
		.len = len,
		.off = (uint64_t)off,
		.first = (uint64_t)off / DIGEST_BLOCK,
		.end = ((uint64_t)off + len + DIGEST_BLOCK - 1) / DIGEST_BLOCK,
		.digests = room,
	};
	size_t count = writing.end - writing.first;
	int err = -ENOMEM;

	if (!len)
		return 0;
	if (flip >= 0)
		writing.bytes = flipped = copy_flipped(data, len, flip);
	if (count > ARRAY_SIZE(room))
		writing.digests = malloc(count * sizeof(*writing.digests));
	if (writing.bytes && writing.digests)
		err = write_owned(&writing, fs, inode, fd);
	if (writing.digests != room)
		free(writing.digests);
	return err;
}

int store_overwrite(struct fs *fs, struct inode *inode, int fd, int pipe_fd,
		    size_t len, off_t off)
{
	uint64_t first = (uint64_t)off / DIGEST_BLOCK;
	uint64_t end = ((uint64_t)off + len + DIGEST_BLOCK - 1) / DIGEST_BLOCK;
	off_t from = off;
	off_t to = off + (off_t)len;
	struct store_work work;
	int err = store_begin(&work, fs, inode, fd, first, end, false, false);

	if (err)
		return err;
	while (len && !err) {
		ssize_t n = splice(pipe_fd, NULL, fd, &off, len, 0);

		if (n > 0)
			len -= (size_t)n;
		else if (!n || errno != EINTR)
			err = n ? -errno : -EIO;
	}
	record_range(fs, inode, fd, from, to - from);
	store_done(&work);
	return err;
}

int store_sync(struct inode *inode, int fd, bool datasync)
{
	struct csum_file *csum = atomic_load(&inode_store(inode)->csum);
	uint64_t begun = csum ? csum_file_sync_begin(csum) : 0;
	int ret = datasync ? fdatasync(fd) : fsync(fd);

	if (ret)
		return -errno;
	return csum ? csum_file_sync_end(csum, begun) : 0;
}
