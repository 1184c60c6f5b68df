/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unstable blocks and their follow-up.
 *
 * A block that changed under writeback was dirtied again by whoever changed it
 * and told the kernel so; then a later WRITE brings the new bytes. Until that
 * has arrived the block waits here. What waits for ever is what audit.c finds:
 * nobody dirtied the page.
 *
 * Why the hook in the way of a WRITE cannot miss the follow-up: the block is put
 * here before its WRITE is answered, and the kernel sends no other WRITE of the
 * page before that answer (it is under writeback).
 *
 * A block waits once. One that is unstable again in its follow-up is taken out
 * when that arrives, and put here again by its second look. Blocks of a file
 * are found by the file's generation, which no later file has. What a truncate
 * or a hole takes away, and what the kernel forgets with its inode, waits no
 * longer, without a word: no WRITE has to come.
 */
#include "daemon/settle.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/htab.h"
#include "common/json.h"
#include "common/list.h"
#include "common/mutex.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/livepage.h"

/* A file of which blocks wait. */
struct file {
	struct htab_node node;	/* by generation */
	uint64_t generation;
	struct list entries;
};

struct entry {
	struct htab_node node;	/* by generation and block */
	struct list siblings;	/* in file->entries */
	struct file *file;
	struct settle_block block;
};

struct settle {
	atomic_size_t count;	/* changed under the lock, read without */
	struct mutex lock;
	struct htab files GUARDED_BY(lock);
	struct htab entries GUARDED_BY(lock);
};

/* ---- the table ---- */

struct key {
	uint64_t generation;
	uint64_t block;
};

static uint64_t hash_of(const struct key *key)
{
	return digest_bytes(key, sizeof(*key));
}

static bool has_key(const struct htab_node *node, const void *key)
{
	const struct entry *entry = container_of(node, struct entry, node);
	const struct key *wanted = key;

	return entry->block.block == wanted->block &&
	       entry->file->generation == wanted->generation;
}

static bool has_generation(const struct htab_node *node, const void *key)
{
	return container_of(node, struct file, node)->generation ==
	       *(const uint64_t *)key;
}

static struct entry *find_locked(struct settle *settle, const struct key *key)
	REQUIRES(settle->lock);
static struct entry *find_locked(struct settle *settle, const struct key *key)
{
	struct htab_node *node = htab_find(&settle->entries, hash_of(key),
					   has_key, key);

	return node ? container_of(node, struct entry, node) : NULL;
}

static struct file *find_file_locked(struct settle *settle, uint64_t generation)
	REQUIRES(settle->lock);
static struct file *find_file_locked(struct settle *settle, uint64_t generation)
{
	struct htab_node *node = htab_find(&settle->files, generation,
					   has_generation, &generation);

	return node ? container_of(node, struct file, node) : NULL;
}

static struct file *make_file_locked(struct settle *settle, uint64_t generation)
	REQUIRES(settle->lock);
static struct file *make_file_locked(struct settle *settle, uint64_t generation)
{
	struct file *file = find_file_locked(settle, generation);

	if (file)
		return file;
	file = malloc(sizeof(*file));
	if (!file)
		return NULL;
	file->generation = generation;
	list_init(&file->entries);
	htab_insert(&settle->files, &file->node, generation);
	return file;
}

static void drop_file_if_empty_locked(struct settle *settle, struct file *file)
	REQUIRES(settle->lock);
static void drop_file_if_empty_locked(struct settle *settle, struct file *file)
{
	if (!list_empty(&file->entries))
		return;
	htab_remove(&settle->files, &file->node);
	free(file);
}

/* The file stays, perhaps without entries. */
static void remove_locked(struct settle *settle, struct entry *entry)
	REQUIRES(settle->lock);
static void remove_locked(struct settle *settle, struct entry *entry)
{
	htab_remove(&settle->entries, &entry->node);
	list_remove(&entry->siblings);
	free(entry);
	atomic_fetch_sub_explicit(&settle->count, 1, memory_order_relaxed);
}

static struct entry *make_locked(struct settle *settle, const struct key *key)
	REQUIRES(settle->lock);
static struct entry *make_locked(struct settle *settle, const struct key *key)
{
	struct entry *entry;
	struct file *file;

	if (settle_count(settle) >= SETTLE_MAX_BLOCKS)
		return NULL;
	entry = malloc(sizeof(*entry));
	file = entry ? make_file_locked(settle, key->generation) : NULL;
	if (!file) {
		free(entry);
		return NULL;
	}
	entry->file = file;
	list_append(&file->entries, &entry->siblings);
	htab_insert(&settle->entries, &entry->node, hash_of(key));
	atomic_fetch_add_explicit(&settle->count, 1, memory_order_relaxed);
	return entry;
}

bool settle_add(struct settle *settle, uint64_t generation,
		const struct settle_block *block)
{
	struct key key = { generation, block->block };
	struct entry *entry;

	mutex_lock(&settle->lock);
	entry = find_locked(settle, &key);
	if (!entry)
		entry = make_locked(settle, &key);
	if (entry)
		entry->block = *block;
	mutex_unlock(&settle->lock);
	return entry;
}

static bool lies_in(const struct settle_block *block, uint64_t off,
		    uint64_t end)
{
	return block->off >= off && block->off + block->len <= end;
}

bool settle_take(struct settle *settle, uint64_t generation, uint64_t block,
		 uint64_t off, uint64_t end, struct settle_block *block_ret)
{
	struct key key = { generation, block };
	struct entry *entry;
	bool taken;

	mutex_lock(&settle->lock);
	entry = find_locked(settle, &key);
	taken = entry && lies_in(&entry->block, off, end);
	if (taken) {
		struct file *file = entry->file;

		*block_ret = entry->block;
		remove_locked(settle, entry);
		drop_file_if_empty_locked(settle, file);
	}
	mutex_unlock(&settle->lock);
	return taken;
}

void settle_drop(struct settle *settle, uint64_t generation, uint64_t off,
		 uint64_t end)
{
	struct file *file;

	if (!settle_count(settle))
		return;
	mutex_lock(&settle->lock);
	file = find_file_locked(settle, generation);
	if (file) {
		list_for_each_safe(node, &file->entries) {
			struct entry *entry = list_entry(node, struct entry,
							 siblings);
			const struct settle_block *block = &entry->block;

			if (block->off < end && off < block->off + block->len)
				remove_locked(settle, entry);
		}
		drop_file_if_empty_locked(settle, file);
	}
	mutex_unlock(&settle->lock);
}

bool settle_waits(struct settle *settle, uint64_t generation, uint64_t block)
{
	struct key key = { generation, block };
	bool waits;

	mutex_lock(&settle->lock);
	waits = find_locked(settle, &key);
	mutex_unlock(&settle->lock);
	return waits;
}

/*
 * Relaxed: whoever must see a block has got what it works on from the kernel
 * after the answer to that block's WRITE.
 */
size_t settle_count(const struct settle *settle)
{
	return atomic_load_explicit(&settle->count, memory_order_relaxed);
}

int settle_create(struct settle **settle_ret)
{
	struct settle *settle = calloc(1, sizeof(*settle));
	int err;

	if (!settle)
		return -ENOMEM;
	mutex_init(&settle->lock);
	err = htab_init(&settle->files);
	if (!err)
		err = htab_init(&settle->entries);
	if (err) {
		settle_destroy(settle);
		return err;
	}
	*settle_ret = settle;
	return 0;
}

static void destroy_file(struct file *file)
{
	list_for_each_safe(node, &file->entries)
		free(list_entry(node, struct entry, siblings));
	free(file);
}

void settle_destroy(struct settle *settle)
{
	struct htab_node *next;

	if (!settle)
		return;
	for (struct htab_node *node = settle->files.buckets ?
		htab_next(&settle->files, NULL) : NULL; node; node = next) {
		next = htab_next(&settle->files, node);
		destroy_file(container_of(node, struct file, node));
	}
	htab_deinit(&settle->files);
	htab_deinit(&settle->entries);
	mutex_deinit(&settle->lock);
	free(settle);
}

/* ---- on the way of a WRITE ---- */

void settle_unstable(struct fs *fs, struct inode *inode,
		     const struct livepage_diff *diff)
{
	struct settle_block block = {
		.block = diff->block,
		.off = diff->off,
		.len = diff->len,
		.digest = diff->recheck_digest,
		.since_ns = clock_now_ns(),
	};

	if (!settle_add(fs->settle, inode_generation(inode), &block))
		stats_add(&fs->stats.unfollowed_blocks, 1);
}

/* The bytes of a block in the WRITE that arrived. */
struct arrival {
	uint64_t off;
	const uint8_t *bytes;
	size_t len;
};

static void has_settled(struct fs *fs, struct inode *inode,
			const struct settle_block *block,
			const struct arrival *arrival)
{
	uint64_t digest = digest_block(arrival->bytes, arrival->len);
	char path[PATH_MAX];
	char hex[DIGEST_HEX_SIZE];

	stats_add(&fs->stats.settled_blocks, 1);
	if (!event_allowed(fs->events, inode))
		return;
	inode_path(fs->inodes, inode, NULL, path, sizeof(path));
	digest_hex(digest, hex);
	event_write(fs->events, "settled", json_pack(
		"{s:o, s:I, s:I, s:I, s:I, s:I, s:s, s:b}",
		"path", json_text(path),
		"ino", (json_int_t)inode_ino(inode),
		"block", (json_int_t)block->block,
		"offset", (json_int_t)arrival->off,
		"length", (json_int_t)arrival->len,
		"after_us", (json_int_t)((clock_now_ns() - block->since_ns) /
					 1000),
		"digest", hex, "same", digest == block->digest));
}

void settle_write(struct fs *fs, struct inode *inode, const void *data,
		  size_t len, uint64_t off)
{
	uint64_t end = off + len;
	struct settle_block block;

	if (!settle_count(fs->settle))
		return;
	for (uint64_t at = off; at < end;) {
		uint64_t next = MIN((at / DIGEST_BLOCK + 1) * DIGEST_BLOCK, end);
		struct arrival arrival = {
			.off = at,
			.bytes = (const uint8_t *)data + (at - off),
			.len = next - at,
		};

		if (settle_take(fs->settle, inode_generation(inode),
				at / DIGEST_BLOCK, off, end, &block))
			has_settled(fs, inode, &block, &arrival);
		at = next;
	}
}

void settle_forget(struct fs *fs, struct inode *inode, uint64_t nlookup)
{
	uint64_t generation = inode_generation(inode);

	if (inode_forget(fs->inodes, inode, nlookup))
		settle_drop(fs->settle, generation, 0, UINT64_MAX);
}
