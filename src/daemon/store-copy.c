/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copy_file_range(2). Whole blocks whose checksums are known are copied by
 * SOURCE, which may share them, and take their checksums with them: what is
 * corrupt in one file is found in the other as well. All else is read, verified
 * and written: what does not lie alike in its blocks, what has no checksum (the
 * copy gets one), what nobody could be blamed for, and copies within one file
 * (nobody owns two ranges of a file).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/audit.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/record.h"
#include "daemon/store-internal.h"

enum { PIECE_BYTES = STORE_BATCH * DIGEST_BLOCK };

/* ---- by reading and writing ---- */

/* @len: at most PIECE_BYTES. */
static ssize_t copy_bytes(struct fs *fs, const struct store_copy *copy,
			  void *room, size_t done, size_t len)
{
	uint8_t *data;
	ssize_t n = store_read(fs, copy->in, copy->fd_in, room, len,
			       copy->off_in + (off_t)done, STORE_NO_FLIP, &data);
	int err;

	if (n <= 0)
		return n;
	err = store_write(fs, copy->out, copy->fd_out, data, (size_t)n,
			  copy->off_out + (off_t)done, STORE_NO_FLIP);
	return err ? err : n;
}

/* ---- by SOURCE ---- */

/* Blocks of two files at work. */
struct block_copy {
	struct store_work in;
	struct store_work out;
	uint64_t from;		/* block in "in" */
	uint64_t to;		/* block in "out" */
	size_t count;
	uint64_t digests[STORE_BATCH];
};

static int begin_in(struct fs *fs, const struct store_copy *copy,
		    struct block_copy *blocks)
{
	return store_begin(&blocks->in, fs, copy->in, copy->fd_in, blocks->from,
			   blocks->from + blocks->count, true, false);
}

/* Own blocks of both files, the one at the lower address first. */
static int begin_both(struct fs *fs, const struct store_copy *copy,
		      struct block_copy *blocks)
{
	bool in_first = &inode_store(copy->in)->busy <
			&inode_store(copy->out)->busy;
	int err = 0;

	if (in_first)
		err = begin_in(fs, copy, blocks);
	if (!err)
		err = store_begin(&blocks->out, fs, copy->out, copy->fd_out,
				  blocks->to, blocks->to + blocks->count, false,
				  true);
	if (err && in_first)
		store_done(&blocks->in);
	if (err || in_first)
		return err;
	return begin_in(fs, copy, blocks);
}

/* Has every block a checksum that is as good elsewhere? */
static bool are_known(struct block_copy *blocks)
{
	struct csum_file *csum = blocks->in.csum;

	if (!csum || !blocks->out.csum ||
	    !csum_file_trusts(csum, blocks->from) ||
	    !csum_file_trusts(csum, blocks->from + blocks->count - 1) ||
	    csum_file_read(csum, blocks->from, blocks->count, blocks->digests))
		return false;
	for (size_t i = 0; i < blocks->count; i++)
		if (blocks->digests[i] == CSUM_UNVERIFIED)
			return false;
	return true;
}

static ssize_t copy_in_source(const struct block_copy *blocks)
{
	off_t off_in = (off_t)(blocks->from * DIGEST_BLOCK);
	off_t off_out = (off_t)(blocks->to * DIGEST_BLOCK);
	ssize_t n = copy_file_range(blocks->in.fd, &off_in, blocks->out.fd,
				    &off_out, blocks->count * DIGEST_BLOCK, 0);

	return n < 0 ? -errno : n;
}

static ssize_t copy_with_checksums(struct block_copy *blocks)
{
	struct store_work *out = &blocks->out;
	int err = csum_file_begin(out->csum, out->fd, blocks->to,
				  blocks->count);
	ssize_t copied;

	if (err) {
		err = store_give_up(out, err);
		return err ? err : copy_in_source(blocks);
	}
	copied = copy_in_source(blocks);
	/* Only what has come whole has the checksum of what it is a copy of. */
	for (size_t i = copied > 0 ? (size_t)copied / DIGEST_BLOCK : 0;
	     i < blocks->count; i++)
		blocks->digests[i] = CSUM_UNVERIFIED;
	csum_file_end(out->csum, blocks->to, blocks->count, blocks->digests);
	return copied;
}

/* Return: as store_copy(); 0: copy_bytes() has to do it. */
static ssize_t copy_blocks(struct fs *fs, const struct store_copy *copy,
			   size_t done, size_t len)
{
	struct block_copy blocks = {
		.from = ((uint64_t)copy->off_in + done) / DIGEST_BLOCK,
		.to = ((uint64_t)copy->off_out + done) / DIGEST_BLOCK,
		.count = len / DIGEST_BLOCK,
	};
	ssize_t copied = 0;

	copied = begin_both(fs, copy, &blocks);
	if (copied)
		return copied;
	if (are_known(&blocks))
		copied = copy_with_checksums(&blocks);
	if (copied > 0)
		record_range(fs, copy->out, copy->fd_out,
			     copy->off_out + (off_t)done, copied);
	store_done(&blocks.in);
	store_done(&blocks.out);
	return copied;
}

/* ---- one piece after the other ---- */

static bool lies_alike(struct fs *fs, const struct store_copy *copy)
{
	return fs->config->csum == CONFIG_CSUM_ON && copy->in != copy->out &&
	       !(copy->off_in % DIGEST_BLOCK) &&
	       !(copy->off_out % DIGEST_BLOCK);
}

static ssize_t copy_piece(struct fs *fs, const struct store_copy *copy,
			  void *room, size_t done)
{
	size_t len = MIN(copy->len - done, (size_t)PIECE_BYTES);
	size_t whole = len / DIGEST_BLOCK * DIGEST_BLOCK;
	ssize_t copied = 0;

	/* A piece that was cut short is the last, or goes on by bytes. */
	if (whole && !(done % DIGEST_BLOCK) && lies_alike(fs, copy))
		copied = copy_blocks(fs, copy, done, whole);
	return copied ? copied : copy_bytes(fs, copy, room, done, len);
}

ssize_t store_copy(struct fs *fs, const struct store_copy *copy)
{
	void *room = malloc(STORE_READ_ROOM(PIECE_BYTES));
	size_t done = 0;
	ssize_t n = room ? 1 : -ENOMEM;

	audit_note_change(fs, copy->out, (uint64_t)copy->off_out,
			  (uint64_t)copy->off_out + copy->len);
	while (done < copy->len && n > 0) {
		n = copy_piece(fs, copy, room, done);
		if (n > 0)
			done += (size_t)n;
	}
	free(room);
	return done ? (ssize_t)done : n;
}
