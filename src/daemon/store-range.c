/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Truncating, and making holes: whole blocks lose their checksums, those at the
 * edges are verified and get the checksum of what is left of them.
 *
 * A file that grows reads as zeros behind its old end. That is how the block
 * there was hashed already.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <unistd.h>

#include "daemon/audit.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/record.h"
#include "daemon/store-internal.h"

/* Zeros at [from, to) of the file, at most two blocks of which are not whole. */
struct zeroing {
	struct store_work work;
	const char *during;
	off_t size;		/* of the file before */
	uint64_t from;		/* bytes */
	uint64_t to;		/* UINT64_MAX: to the end of the file */
	unsigned int nedges;
	struct store_partial edges[2];
};

static uint64_t block_of(uint64_t off)
{
	return off / DIGEST_BLOCK;
}

/* Whole blocks among the zeros: [*from, *to). */
static void whole_blocks(const struct zeroing *zeroing, uint64_t *from,
			 uint64_t *to)
{
	*from = block_of(zeroing->from + DIGEST_BLOCK - 1);
	*to = zeroing->to == UINT64_MAX ? UINT64_MAX : block_of(zeroing->to);
}

static void put_zeros(const struct zeroing *zeroing,
		      struct store_partial *edge)
{
	uint64_t start = edge->block * DIGEST_BLOCK;
	uint64_t from = MAX(start, zeroing->from);
	uint64_t to = MIN(start + DIGEST_BLOCK, zeroing->to);

	memset(edge->bytes + (from - start), 0, to - from);
}

static int add_edge(struct zeroing *zeroing, uint64_t block)
{
	struct store_partial *edge = &zeroing->edges[zeroing->nedges];
	int err;

	if (block * DIGEST_BLOCK >= (uint64_t)zeroing->size)
		return 0;
	err = store_verify_old(&zeroing->work, zeroing->during, block,
			       zeroing->size, edge);
	if (err)
		return err;
	put_zeros(zeroing, edge);
	zeroing->nedges++;
	return 0;
}

static int add_edges(struct zeroing *zeroing)
{
	bool tail = zeroing->to != UINT64_MAX && zeroing->to % DIGEST_BLOCK;
	bool head = zeroing->from % DIGEST_BLOCK;
	int err = 0;

	if (head)
		err = add_edge(zeroing, block_of(zeroing->from));
	if (!err && tail && !(head && block_of(zeroing->from) ==
			      block_of(zeroing->to)))
		err = add_edge(zeroing, block_of(zeroing->to));
	return err;
}

static int begin_edges(struct zeroing *zeroing)
{
	struct store_work *work = &zeroing->work;
	int err = 0;
	unsigned int begun = 0;

	while (!err && begun < zeroing->nedges) {
		err = csum_file_begin(work->csum, work->fd,
				      zeroing->edges[begun].block, 1);
		begun += !err;
	}
	while (err && begun)
		csum_file_end(work->csum, zeroing->edges[--begun].block, 1,
			      NULL);
	return err;
}

static void end_edges(struct zeroing *zeroing, bool done)
{
	bool keep = zeroing->work.fs->config->csum == CONFIG_CSUM_ON;

	for (unsigned int i = 0; i < zeroing->nedges; i++) {
		struct store_partial *edge = &zeroing->edges[i];
		uint64_t digest = store_new_digest(edge);

		csum_file_end(zeroing->work.csum, edge->block, 1,
			      done && keep ? &digest : NULL);
	}
}

/* The change itself. */
typedef int change_fn(const struct store_work *work, const void *context);

/* Return: what @change returned, or -errno without having called it. */
static int zero_checksummed(struct zeroing *zeroing, change_fn *change,
			    const void *context)
{
	struct store_work *work = &zeroing->work;
	uint64_t from;
	uint64_t to;
	int err = add_edges(zeroing);

	if (err)
		return err;
	whole_blocks(zeroing, &from, &to);
	err = begin_edges(zeroing);
	if (!err && from < to) {
		err = csum_file_discard(work->csum, from, to);
		if (err)
			end_edges(zeroing, false);
	}
	if (err) {
		err = store_give_up(work, err);
		return err ? err : change(work, context);
	}
	err = change(work, context);
	if (from < to)
		csum_file_discarded(work->csum);
	end_edges(zeroing, !err);
	return err;
}

static int zero(struct zeroing *zeroing, struct fs *fs, struct inode *inode,
		int fd, change_fn *change, const void *context)
{
	struct store_work *work = &zeroing->work;
	int err;

	audit_note_change(fs, inode, zeroing->from, zeroing->to);
	err = store_begin(work, fs, inode, fd, block_of(zeroing->from),
			  zeroing->to == UINT64_MAX ? UINT64_MAX :
			  block_of(zeroing->to + DIGEST_BLOCK - 1), false,
			  false);
	if (err)
		return err;
	err = store_size(fd, &zeroing->size);
	if (!err)
		err = work->csum ? zero_checksummed(zeroing, change, context) :
				   change(work, context);
	store_done(work);
	return err;
}

/* ---- truncate ---- */

static int do_truncate(const struct store_work *work, const void *context)
{
	const off_t *size = context;

	if (ftruncate(work->fd, *size))
		return -errno;
	record_size(work->fs, work->inode, *size);
	return 0;
}

int store_truncate(struct fs *fs, struct inode *inode, int fd, off_t size)
{
	struct zeroing zeroing = {
		.during = "truncate",
		.from = (uint64_t)size,
		.to = UINT64_MAX,
	};

	if (size < 0)
		return -EINVAL;
	return zero(&zeroing, fs, inode, fd, do_truncate, &size);
}

/* ---- fallocate ---- */

struct allocation {
	int mode;
	off_t off;
	off_t len;
};

static int do_fallocate(const struct store_work *work, const void *context)
{
	const struct allocation *allocation = context;
	int err = fallocate(work->fd, allocation->mode, allocation->off,
			    allocation->len) ? -errno : 0;

	if (!err)
		record_fallocate(work->fs, work->inode, allocation->mode,
				 allocation->off, allocation->len);
	else if (err != -EOPNOTSUPP && err != -EINVAL)
		/* A part of it may have been done. */
		record_range(work->fs, work->inode, work->fd, allocation->off,
			     allocation->len);
	return err;
}

int store_fallocate(struct fs *fs, struct inode *inode, int fd, int mode,
		    off_t off, off_t len)
{
	struct allocation allocation = { mode, off, len };
	struct zeroing zeroing = {
		.during = "fallocate",
		.from = (uint64_t)off,
		.to = (uint64_t)off + (uint64_t)len,
	};
	struct store_work work;
	int err;

	if (off < 0 || len <= 0)
		return -EINVAL;
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return zero(&zeroing, fs, inode, fd, do_fallocate, &allocation);
	/* The kernel sends no others (fs/fuse/file.c: fuse_file_fallocate()). */
	if (mode & ~FALLOC_FL_KEEP_SIZE)
		return -EOPNOTSUPP;
	err = store_begin(&work, fs, inode, fd, block_of(zeroing.from),
			  block_of(zeroing.to + DIGEST_BLOCK - 1), false,
			  false);
	if (err)
		return err;
	err = do_fallocate(&work, &allocation);
	store_done(&work);
	return err;
}
