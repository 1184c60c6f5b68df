/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hash table of intrusive nodes: grows by itself, knows nothing of keys. The
 * caller hashes and compares. No locks: the owner has one.
 */
#ifndef PIN_HTAB_H
#define PIN_HTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct htab_node {
	struct htab_node *next;
	uint64_t hash;
};

struct htab {
	struct htab_node **buckets;	/* 1 << bits of them */
	unsigned int bits;
	size_t count;			/* nodes in the table */
};

/* Does @node have this key? @hash is equal already. */
typedef bool htab_equal_fn(const struct htab_node *node, const void *key);

int htab_init(struct htab *table) MUST_CHECK;	/* 0 or -ENOMEM */
void htab_deinit(struct htab *table);		/* the nodes are the owner's */
struct htab_node *htab_find(const struct htab *table, uint64_t hash,
			    htab_equal_fn *equal, const void *key);
/* Insert; when growing fails the table stays correct, only slower. */
void htab_insert(struct htab *table, struct htab_node *node, uint64_t hash);
void htab_remove(struct htab *table, struct htab_node *node);
/* The node after @node (NULL: the first), in no order; NULL at the end. */
struct htab_node *htab_next(const struct htab *table,
			    const struct htab_node *node);

#endif
