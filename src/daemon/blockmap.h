/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of single blocks of files: a bounded table, by file and block.
 * Files are numbers that are never given out again (inode_generation()), so that
 * no entry can be taken for one of a later file. No locks: the owner has one.
 */
#ifndef PIN_BLOCKMAP_H
#define PIN_BLOCKMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/htab.h"

/* One block. */
struct blockmap_value {
	uint64_t digest;	/* XXH3-64, zero-padded */
	uint64_t owner;		/* who put it there; the user's business */
	uint32_t len;		/* bytes of the block; the user's business */
};

struct blockmap {
	struct htab blocks;	/* by file and block */
	struct htab files;	/* those with blocks */
	size_t max;		/* blocks at most */
};

/* Return: 0 or -ENOMEM. */
int blockmap_init(struct blockmap *map, size_t max) MUST_CHECK;
void blockmap_deinit(struct blockmap *map);
size_t blockmap_count(const struct blockmap *map);

/**
 * blockmap_put() - remember a block, replacing what was known of it
 * Return: 0; -ENOSPC there are too many; -ENOMEM.
 */
int blockmap_put(struct blockmap *map, uint64_t file, uint64_t block,
		 const struct blockmap_value *value) MUST_CHECK;
/* Return: whether the block is known. */
bool blockmap_get(const struct blockmap *map, uint64_t file, uint64_t block,
		  struct blockmap_value *value_ret);
/* As blockmap_get(), and forget it. */
bool blockmap_take(struct blockmap *map, uint64_t file, uint64_t block,
		   struct blockmap_value *value_ret);

/**
 * blockmap_drop() - forget the blocks of a range
 * @count: UINT64_MAX reaches to the end; costs no more than the file's blocks
 * Return: how many there were.
 */
size_t blockmap_drop(struct blockmap *map, uint64_t file, uint64_t first,
		     uint64_t count);
/* Forget the blocks of a file that @owner put there. Return: how many. */
size_t blockmap_drop_owner(struct blockmap *map, uint64_t file,
			   uint64_t owner);

#endif
