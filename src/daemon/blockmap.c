/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two hash tables: all blocks, and the files that have any, each with the list
 * of its blocks. A file's record goes with its last block.
 */
#include "daemon/blockmap.h"

#include <errno.h>
#include <stdlib.h>

#include "common/digest.h"
#include "common/list.h"

struct file {
	struct htab_node node;
	uint64_t file;
	struct list blocks;	/* struct block */
	size_t count;		/* of them */
};

struct block {
	struct htab_node node;
	struct list siblings;	/* in file->blocks */
	struct file *file;
	uint64_t block;
	struct blockmap_value value;
};

struct key {
	uint64_t file;
	uint64_t block;
};

static uint64_t hash_of(const struct key *key)
{
	return digest_bytes(key, sizeof(*key));
}

static bool is_block(const struct htab_node *node, const void *arg)
{
	const struct block *block = container_of(node, struct block, node);
	const struct key *key = arg;

	return block->block == key->block && block->file->file == key->file;
}

static bool is_file(const struct htab_node *node, const void *key)
{
	return container_of(node, struct file, node)->file ==
	       *(const uint64_t *)key;
}

int blockmap_init(struct blockmap *map, size_t max)
{
	*map = (struct blockmap){ .max = max };
	if (htab_init(&map->blocks) || htab_init(&map->files)) {
		blockmap_deinit(map);
		return -ENOMEM;
	}
	return 0;
}

static void remove_block(struct blockmap *map, struct block *block)
{
	struct file *file = block->file;

	htab_remove(&map->blocks, &block->node);
	list_remove(&block->siblings);
	free(block);
	if (--file->count)
		return;
	htab_remove(&map->files, &file->node);
	free(file);
}

void blockmap_deinit(struct blockmap *map)
{
	struct htab_node *node;

	while (map->blocks.count && (node = htab_next(&map->blocks, NULL)))
		remove_block(map, container_of(node, struct block, node));
	htab_deinit(&map->blocks);
	htab_deinit(&map->files);
}

size_t blockmap_count(const struct blockmap *map)
{
	return map->blocks.count;
}

static struct block *find_block(const struct blockmap *map, uint64_t file,
				uint64_t block)
{
	struct key key = { file, block };
	struct htab_node *node = htab_find(&map->blocks, hash_of(&key),
					   is_block, &key);

	return node ? container_of(node, struct block, node) : NULL;
}

static struct file *find_file(const struct blockmap *map, uint64_t file)
{
	struct htab_node *node = htab_find(&map->files, file, is_file, &file);

	return node ? container_of(node, struct file, node) : NULL;
}

static struct file *make_file(struct blockmap *map, uint64_t number)
{
	struct file *file = find_file(map, number);

	if (file)
		return file;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->file = number;
	list_init(&file->blocks);
	htab_insert(&map->files, &file->node, number);
	return file;
}

static int add_block(struct blockmap *map, const struct key *key,
		     const struct blockmap_value *value)
{
	struct block *block = malloc(sizeof(*block));
	struct file *file = block ? make_file(map, key->file) : NULL;

	if (!file) {
		free(block);
		return -ENOMEM;
	}
	block->file = file;
	block->block = key->block;
	block->value = *value;
	list_append(&file->blocks, &block->siblings);
	file->count++;
	htab_insert(&map->blocks, &block->node, hash_of(key));
	return 0;
}

int blockmap_put(struct blockmap *map, uint64_t file, uint64_t block,
		 const struct blockmap_value *value)
{
	struct key key = { file, block };
	struct block *known = find_block(map, file, block);

	if (known) {
		known->value = *value;
		return 0;
	}
	if (map->blocks.count >= map->max)
		return -ENOSPC;
	return add_block(map, &key, value);
}

bool blockmap_get(const struct blockmap *map, uint64_t file, uint64_t block,
		  struct blockmap_value *value_ret)
{
	const struct block *known = find_block(map, file, block);

	if (known)
		*value_ret = known->value;
	return known;
}

bool blockmap_take(struct blockmap *map, uint64_t file, uint64_t block,
		   struct blockmap_value *value_ret)
{
	struct block *known = find_block(map, file, block);

	if (!known)
		return false;
	*value_ret = known->value;
	remove_block(map, known);
	return true;
}

/* A short range, by its numbers. */
static size_t drop_each(struct blockmap *map, uint64_t file, uint64_t first,
			uint64_t count)
{
	struct blockmap_value value;
	size_t dropped = 0;

	for (uint64_t i = 0; i < count; i++)
		dropped += blockmap_take(map, file, first + i, &value);
	return dropped;
}

size_t blockmap_drop(struct blockmap *map, uint64_t number, uint64_t first,
		     uint64_t count)
{
	struct file *file = find_file(map, number);
	size_t left = file ? file->count : 0;
	size_t dropped = 0;

	if (count <= left)
		return drop_each(map, number, first, count);
	/* The record goes with the last of them: it is counted beforehand. */
	for (struct list *pos = left ? file->blocks.next : NULL; left; left--) {
		struct block *block = list_entry(pos, struct block, siblings);

		pos = pos->next;
		if (block->block < first || block->block - first >= count)
			continue;
		remove_block(map, block);
		dropped++;
	}
	return dropped;
}

size_t blockmap_drop_owner(struct blockmap *map, uint64_t number,
			   uint64_t owner)
{
	struct file *file = find_file(map, number);
	size_t left = file ? file->count : 0;
	size_t dropped = 0;

	for (struct list *pos = left ? file->blocks.next : NULL; left; left--) {
		struct block *block = list_entry(pos, struct block, siblings);

		pos = pos->next;
		if (block->value.owner != owner)
			continue;
		remove_block(map, block);
		dropped++;
	}
	return dropped;
}
