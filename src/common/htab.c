/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hash table with chains. The number of buckets is a power of two and doubles
 * when there are more nodes than buckets; it never shrinks. A bucket is taken
 * from the upper bits of hash * golden ratio, so that a caller whose hash is
 * only an inode number still spreads.
 */
#include "common/htab.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_BITS = 6 };

static size_t bucket_of(uint64_t hash, unsigned int bits)
{
	return (size_t)((hash * 0x9e3779b97f4a7c15ULL) >> (64 - bits));
}

int htab_init(struct htab *table)
{
	table->buckets = calloc((size_t)1 << FIRST_BITS,
				sizeof(*table->buckets));
	table->bits = FIRST_BITS;
	table->count = 0;
	return table->buckets ? 0 : -ENOMEM;
}

void htab_deinit(struct htab *table)
{
	free(table->buckets);
	table->buckets = NULL;
	table->count = 0;
}

struct htab_node *htab_find(const struct htab *table, uint64_t hash,
			    htab_equal_fn *equal, const void *key)
{
	struct htab_node *node = table->buckets[bucket_of(hash, table->bits)];

	while (node && !(node->hash == hash && equal(node, key)))
		node = node->next;
	return node;
}

static void grow(struct htab *table)
{
	unsigned int bits = table->bits + 1;
	struct htab_node **buckets = calloc((size_t)1 << bits,
					    sizeof(*buckets));

	if (!buckets)
		return;
	for (size_t i = 0; i < (size_t)1 << table->bits; i++) {
		struct htab_node *next;

		for (struct htab_node *node = table->buckets[i]; node;
		     node = next) {
			size_t to = bucket_of(node->hash, bits);

			next = node->next;
			node->next = buckets[to];
			buckets[to] = node;
		}
	}
	free(table->buckets);
	table->buckets = buckets;
	table->bits = bits;
}

void htab_insert(struct htab *table, struct htab_node *node, uint64_t hash)
{
	if (table->count >= (size_t)1 << table->bits)
		grow(table);

	struct htab_node **bucket =
		&table->buckets[bucket_of(hash, table->bits)];

	node->hash = hash;
	node->next = *bucket;
	*bucket = node;
	table->count++;
}

void htab_remove(struct htab *table, struct htab_node *node)
{
	struct htab_node **link =
		&table->buckets[bucket_of(node->hash, table->bits)];

	while (*link && *link != node)
		link = &(*link)->next;
	assert(*link == node);
	*link = node->next;
	node->next = NULL;
	table->count--;
}

struct htab_node *htab_next(const struct htab *table,
			    const struct htab_node *node)
{
	size_t i = 0;

	if (node) {
		if (node->next)
			return node->next;
		i = bucket_of(node->hash, table->bits) + 1;
	}
	for (; i < (size_t)1 << table->bits; i++)
		if (table->buckets[i])
			return table->buckets[i];
	return NULL;
}
