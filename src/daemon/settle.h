/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check "settled": unstable blocks, and the follow-up WRITE that must come
 * for each because its page was dirtied again.
 */
#ifndef PIN_SETTLE_H
#define PIN_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct fs;
struct inode;
struct livepage_diff;
struct settle;

/* A block that waits for its follow-up WRITE. */
struct settle_block {
	uint64_t block;		/* number in the file */
	uint64_t off;		/* of the bytes looked at, in the file */
	size_t len;		/* how many, 1 to DIGEST_BLOCK */
	uint64_t digest;	/* XXH3-64 of what the second look saw */
	uint64_t since_ns;	/* CLOCK_MONOTONIC of that look */
};

enum { SETTLE_MAX_BLOCKS = 65536 };

int settle_create(struct settle **settle_ret) MUST_CHECK;	/* 0 or -errno */
void settle_destroy(struct settle *settle);

/* ---- the table ---- */

/**
 * settle_add() - a block waits from now on; one that waits already starts anew
 * @generation: inode_generation() of its file
 *
 * Return: false when there are SETTLE_MAX_BLOCKS, or no memory.
 */
bool settle_add(struct settle *settle, uint64_t generation,
		const struct settle_block *block) MUST_CHECK;
/**
 * settle_take() - if the block waits for bytes in [@off, @end), take it out
 * Return: whether it did; *block_ret is filled in.
 */
bool settle_take(struct settle *settle, uint64_t generation, uint64_t block,
		 uint64_t off, uint64_t end, struct settle_block *block_ret);
/* Those of a file that have bytes in [@off, @end) wait no longer. */
void settle_drop(struct settle *settle, uint64_t generation, uint64_t off,
		 uint64_t end);
/* Does a block wait? */
bool settle_waits(struct settle *settle, uint64_t generation, uint64_t block);
/* How many blocks wait. Any thread, takes no lock. */
size_t settle_count(const struct settle *settle);

/* ---- on the way of a WRITE ---- */

/* The second look has found a block that differs. */
void settle_unstable(struct fs *fs, struct inode *inode,
		     const struct livepage_diff *diff);
/**
 * settle_write() - a WRITE has arrived: what waits for its bytes has settled
 * @data: its @len bytes, as they arrived
 *
 * Context: worker; no lock held. Costs an atomic load when nothing waits.
 */
void settle_write(struct fs *fs, struct inode *inode, const void *data,
		  size_t len, uint64_t off);
/* inode_forget(), and nothing of the file waits if those were the last. */
void settle_forget(struct fs *fs, struct inode *inode, uint64_t nlookup);

#endif
