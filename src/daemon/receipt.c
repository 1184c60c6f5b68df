/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What READs sent, for files whose receipts somebody wants.
 *
 * A digest is good as long as nobody has changed the block in SOURCE. A READ
 * that gets its bytes while a WRITE stores others must not leave the old digest
 * behind: each change, when it is done, forgets its blocks and moves the file's
 * number of changes on; a READ remembers nothing when that number has moved
 * since it began. (A READ that ends before is forgotten; one that begins later
 * has the new bytes.)
 *
 * The kernel's page cache stands between READ and client. What the client wrote
 * itself and the kernel has not written back yet no READ has sent: such a client
 * calls fsync(2) before it asks.
 */
#include "daemon/receipt.h"

#include <errno.h>
#include <limits.h>
#include <pinfs/ioctl.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/digest.h"
#include "common/htab.h"
#include "common/json.h"
#include "common/mutex.h"
#include "daemon/blockmap.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/handle.h"
#include "daemon/inode.h"

enum { CHUNK = 64 };	/* digests put at a time */

/* A file whose receipts are wanted. */
struct watched {
	struct htab_node node;
	uint64_t file;
	unsigned int users;	/* open files that asked for it */
	uint64_t changes;	/* from 1 */
};

struct receipt {
	struct mutex lock;
	struct htab files GUARDED_BY(lock);
	struct blockmap blocks GUARDED_BY(lock);
	/*
	 * Files watched; for a look without the lock. Relaxed: whoever asks for
	 * receipts reads after the reply, through the kernel.
	 */
	atomic_size_t count;
};

int receipt_create(struct receipt **receipt_ret)
{
	struct receipt *receipt = calloc(1, sizeof(*receipt));

	if (!receipt)
		return -ENOMEM;
	if (htab_init(&receipt->files) ||
	    blockmap_init(&receipt->blocks, RECEIPT_MAX)) {
		htab_deinit(&receipt->files);
		free(receipt);
		return -ENOMEM;
	}
	mutex_init(&receipt->lock);
	*receipt_ret = receipt;
	return 0;
}

void receipt_destroy(struct receipt *receipt)
{
	struct htab_node *node;

	if (!receipt)
		return;
	while ((node = htab_next(&receipt->files, NULL))) {
		htab_remove(&receipt->files, node);
		free(container_of(node, struct watched, node));
	}
	htab_deinit(&receipt->files);
	blockmap_deinit(&receipt->blocks);
	mutex_deinit(&receipt->lock);
	free(receipt);
}

static bool is_file(const struct htab_node *node, const void *key)
{
	return container_of(node, struct watched, node)->file ==
	       *(const uint64_t *)key;
}

static struct watched *find_locked(struct receipt *receipt, uint64_t file)
	REQUIRES(receipt->lock)
{
	struct htab_node *node = htab_find(&receipt->files, file, is_file,
					   &file);

	return node ? container_of(node, struct watched, node) : NULL;
}

static void unlock_counted(struct receipt *receipt) RELEASES(receipt->lock)
{
	atomic_store_explicit(&receipt->count, receipt->files.count,
			      memory_order_relaxed);
	mutex_unlock(&receipt->lock);
}

static bool is_idle(const struct receipt *receipt)
{
	return !atomic_load_explicit(&receipt->count, memory_order_relaxed);
}

/* ---- who wants them ---- */

static int watch_locked(struct receipt *receipt, uint64_t file)
	REQUIRES(receipt->lock)
{
	struct watched *watched = find_locked(receipt, file);

	if (!watched) {
		watched = calloc(1, sizeof(*watched));
		if (!watched)
			return -ENOMEM;
		watched->file = file;
		watched->changes = 1;
		htab_insert(&receipt->files, &watched->node, file);
	}
	watched->users++;
	return 0;
}

static void unwatch_locked(struct receipt *receipt, uint64_t file)
	REQUIRES(receipt->lock)
{
	struct watched *watched = find_locked(receipt, file);

	if (!watched || --watched->users)
		return;
	htab_remove(&receipt->files, &watched->node);
	free(watched);
	blockmap_drop(&receipt->blocks, file, 0, UINT64_MAX);
}

int receipt_switch(struct receipt *receipt, struct handle *handle, bool on)
{
	uint64_t file = inode_generation(handle->inode);
	int err = 0;

	mutex_lock(&receipt->lock);
	if (on && !handle->receipts)
		err = watch_locked(receipt, file);
	if (!on && handle->receipts)
		unwatch_locked(receipt, file);
	if (!err)
		handle->receipts = on;
	unlock_counted(receipt);
	return err;
}

void receipt_release(struct receipt *receipt, struct handle *handle)
{
	if (is_idle(receipt))
		return;
	mutex_lock(&receipt->lock);
	if (handle->receipts)
		unwatch_locked(receipt, inode_generation(handle->inode));
	unlock_counted(receipt);
}

/* ---- what was sent ---- */

uint64_t receipt_begin(struct receipt *receipt, const struct inode *inode)
{
	struct watched *watched;
	uint64_t changes;

	if (is_idle(receipt))
		return 0;
	mutex_lock(&receipt->lock);
	watched = find_locked(receipt, inode_generation(inode));
	changes = watched ? watched->changes : 0;
	mutex_unlock(&receipt->lock);
	return changes;
}

/* Without room a block stays unknown. */
static void put(struct receipt *receipt, uint64_t file, uint64_t begin,
		uint64_t block, const struct blockmap_value *values, size_t n)
{
	struct watched *watched;
	int err = 0;

	mutex_lock(&receipt->lock);
	watched = find_locked(receipt, file);
	for (size_t i = 0; watched && watched->changes == begin && !err &&
			   i < n; i++)
		err = blockmap_put(&receipt->blocks, file, block + i,
				   &values[i]);
	mutex_unlock(&receipt->lock);
}

/*
 * Of a READ that begins inside a block, that block says nothing about a whole.
 * One that ends inside has come to the end of the file, or asked for no more;
 * the latter says as little.
 */
void receipt_sent(struct receipt *receipt, const struct inode *inode,
		  uint64_t begin, const void *data, size_t len, size_t size,
		  off_t off)
{
	struct blockmap_value values[CHUNK];
	size_t at = (DIGEST_BLOCK - (size_t)off % DIGEST_BLOCK) % DIGEST_BLOCK;

	if (!begin)
		return;
	if (len == size)
		len -= MIN(len, ((size_t)off + len) % DIGEST_BLOCK);
	while (at < len) {
		uint64_t first = ((uint64_t)off + at) / DIGEST_BLOCK;
		size_t n = 0;

		for (; n < CHUNK && at < len; n++, at += DIGEST_BLOCK) {
			size_t part = MIN(len - at, (size_t)DIGEST_BLOCK);

			values[n] = (struct blockmap_value){
				.digest = digest_block((const char *)data + at,
						       part),
				.len = (uint32_t)part,
			};
		}
		put(receipt, inode_generation(inode), begin, first, values, n);
	}
}

void receipt_forget(struct receipt *receipt, const struct inode *inode,
		    off_t off, off_t len)
{
	uint64_t first = (uint64_t)off / DIGEST_BLOCK;
	uint64_t end = (uint64_t)off + (uint64_t)len;
	struct watched *watched;

	if (is_idle(receipt))
		return;
	mutex_lock(&receipt->lock);
	watched = find_locked(receipt, inode_generation(inode));
	if (watched) {
		watched->changes++;
		blockmap_drop(&receipt->blocks, watched->file, first,
			      (end + DIGEST_BLOCK - 1) / DIGEST_BLOCK - first);
	}
	mutex_unlock(&receipt->lock);
}

/* ---- what was got ---- */

static void block_differs(struct fs *fs, struct inode *inode, uint64_t block,
			  const struct blockmap_value *sent, uint64_t got)
{
	char hex_sent[DIGEST_HEX_SIZE];
	char hex_got[DIGEST_HEX_SIZE];
	char path[PATH_MAX];

	stats_add(&fs->stats.receipt_differing, 1);
	if (!event_allowed(fs->events, inode))
		return;
	inode_path(fs->inodes, inode, NULL, path, sizeof(path));
	digest_hex(sent->digest, hex_sent);
	digest_hex(got, hex_got);
	event_write(fs->events, "receipt", json_pack(
		"{s:o, s:I, s:I, s:I, s:I, s:s, s:s}",
		"path", json_text(path), "ino", (json_int_t)inode_ino(inode),
		"block", (json_int_t)block,
		"offset", (json_int_t)(block * DIGEST_BLOCK),
		"length", (json_int_t)sent->len,
		"sent", hex_sent, "got", hex_got));
}

/* Return: 1 known, 0 not, -ENODATA. */
static int look_up(struct receipt *receipt, uint64_t file, uint64_t block,
		   struct blockmap_value *sent_ret)
{
	int known;

	mutex_lock(&receipt->lock);
	if (find_locked(receipt, file))
		known = blockmap_get(&receipt->blocks, file, block, sent_ret);
	else
		known = -ENODATA;
	mutex_unlock(&receipt->lock);
	return known;
}

int receipt_compare(struct fs *fs, const struct handle *handle,
		    struct pinfs_ioc_receipt *words)
{
	uint64_t file = inode_generation(handle->inode);
	struct blockmap_value sent = { 0 };

	words->compared = words->differing = words->unknown = 0;
	words->reserved = 0;
	for (uint32_t i = 0; i < words->count; i++) {
		int known = look_up(fs->receipt, file, words->block + i, &sent);

		if (known < 0)
			return known;
		words->compared += known;
		words->unknown += !known;
		if (!known || sent.digest == words->digest[i])
			continue;
		words->differing++;
		block_differs(fs, handle->inode, words->block + i, &sent,
			      words->digest[i]);
	}
	stats_add(&fs->stats.receipt_blocks, words->compared);
	return 0;
}
