/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash table against a plain array that says what must be in it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/htab.h"

enum { ITEMS = 5000 };

struct item {
	struct htab_node node;
	uint64_t key;
	bool in;	/* must be in the table */
	bool met;	/* htab_next() has shown it */
};

typedef uint64_t hash_fn(uint64_t key);

static uint64_t hash_same(uint64_t key UNUSED)
{
	return 42;
}

static uint64_t hash_key(uint64_t key)
{
	return key;
}

static uint64_t hash_low_bits_zero(uint64_t key)
{
	return key << 32;
}

static bool has_key(const struct htab_node *node, const void *key)
{
	return container_of(node, struct item, node)->key ==
	       *(const uint64_t *)key;
}

static bool never_equal(const struct htab_node *node UNUSED,
			const void *key UNUSED)
{
	return false;
}

static struct item *find(const struct htab *table, hash_fn *hash, uint64_t key)
{
	struct htab_node *node = htab_find(table, hash(key), has_key, &key);

	return node ? container_of(node, struct item, node) : NULL;
}

/* Every item is found when it must be, and met exactly once on the way. */
static void check(const struct htab *table, hash_fn *hash, struct item *items,
		  size_t count)
{
	size_t in = 0;

	for (size_t i = 0; i < count; i++) {
		struct item *found = find(table, hash, items[i].key);

		assert_ptr_equal(found, items[i].in ? &items[i] : NULL);
		items[i].met = false;
		in += items[i].in;
	}
	assert_int_equal(table->count, in);

	for (struct htab_node *node = htab_next(table, NULL); node;
	     node = htab_next(table, node)) {
		struct item *item = container_of(node, struct item, node);

		assert_true(item->in);
		assert_false(item->met);
		item->met = true;
		in--;
	}
	assert_int_equal(in, 0);
}

static void remove_every(struct htab *table, struct item *items, size_t count,
			 size_t step)
{
	for (size_t i = 0; i < count; i += step) {
		if (!items[i].in)
			continue;
		htab_remove(table, &items[i].node);
		items[i].in = false;
	}
}

static void insert_and_remove(hash_fn *hash, size_t count)
{
	struct item *items = calloc(count + 1, sizeof(*items));
	struct htab table;

	assert_non_null(items);
	assert_int_equal(htab_init(&table), 0);
	check(&table, hash, items, 0);
	for (size_t i = 0; i < count; i++) {
		items[i].key = i;
		items[i].in = true;
		htab_insert(&table, &items[i].node, hash(i));
	}
	check(&table, hash, items, count);

	/* Every third leaves, then the rest, then all come back. */
	remove_every(&table, items, count, 3);
	check(&table, hash, items, count);
	remove_every(&table, items, count, 1);
	check(&table, hash, items, count);
	for (size_t i = 0; i < count; i++) {
		htab_insert(&table, &items[i].node, hash(i));
		items[i].in = true;
	}
	check(&table, hash, items, count);
	htab_deinit(&table);
	free(items);
}

static void all_hashes(void **state UNUSED)
{
	static const struct {
		hash_fn *hash;
		size_t count;
	} rows[] = {
		{ hash_key, 0 },	/* empty */
		{ hash_key, 1 },	/* one */
		{ hash_key, ITEMS },	/* grows several times */
		{ hash_low_bits_zero, ITEMS },	/* only upper bits differ */
		{ hash_same, 300 },	/* one chain: slow, but right */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		insert_and_remove(rows[i].hash, rows[i].count);
}

/* The longest chain is what a lookup costs. */
static size_t longest_chain(const struct htab *table)
{
	size_t longest = 0;

	for (size_t i = 0; i < (size_t)1 << table->bits; i++) {
		size_t len = 0;

		for (struct htab_node *node = table->buckets[i]; node;
		     node = node->next)
			len++;
		longest = MAX(longest, len);
	}
	return longest;
}

static void plain_numbers_spread(void **state UNUSED)
{
	/* Inode numbers in a row, and far apart by a power of two. */
	static hash_fn *const hashes[] = { hash_key, hash_low_bits_zero };

	for (size_t h = 0; h < ARRAY_SIZE(hashes); h++) {
		struct item *items = calloc(ITEMS, sizeof(*items));
		struct htab table;

		assert_non_null(items);
		assert_int_equal(htab_init(&table), 0);
		for (size_t i = 0; i < ITEMS; i++)
			htab_insert(&table, &items[i].node, hashes[h](i));
		assert_true((size_t)1 << table.bits >= ITEMS);
		assert_true(longest_chain(&table) <= 8);
		htab_deinit(&table);
		free(items);
	}
}

static unsigned int compared;

static bool count_and_compare(const struct htab_node *node, const void *key)
{
	compared++;
	return has_key(node, key);
}

/* Keys are compared only when the hashes are equal, also in long chains. */
static void other_hashes_are_not_compared(void **state UNUSED)
{
	struct item items[64] = { 0 };	/* does not grow: there are chains */
	struct htab table;

	assert_int_equal(htab_init(&table), 0);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		items[i].key = i;
		htab_insert(&table, &items[i].node, i * i);
	}
	assert_true(longest_chain(&table) > 1);
	for (uint64_t key = 0; key < ARRAY_SIZE(items); key++) {
		compared = 0;
		assert_ptr_equal(htab_find(&table, key * key,
					   count_and_compare, &key),
				 &items[key].node);
		assert_int_equal(compared, 1);
	}
	htab_deinit(&table);
}

static void same_hash_other_key(void **state UNUSED)
{
	struct item one = { .key = 1 };
	struct htab table;
	uint64_t key = 1;

	assert_int_equal(htab_init(&table), 0);
	htab_insert(&table, &one.node, 42);
	assert_null(find(&table, hash_same, 2));
	assert_null(htab_find(&table, 42, never_equal, &key));
	assert_ptr_equal(htab_find(&table, 42, has_key, &key), &one.node);
	htab_deinit(&table);
}

static void walk_that_removes(void **state UNUSED)
{
	struct item items[200] = { 0 };
	struct htab table;
	struct htab_node *next;
	size_t removed = 0;

	assert_int_equal(htab_init(&table), 0);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		htab_insert(&table, &items[i].node, i);
	for (struct htab_node *node = htab_next(&table, NULL); node;
	     node = next) {
		next = htab_next(&table, node);
		htab_remove(&table, node);
		removed++;
	}
	assert_int_equal(removed, ARRAY_SIZE(items));
	assert_int_equal(table.count, 0);
	assert_null(htab_next(&table, NULL));
	htab_deinit(&table);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_hashes),
		cmocka_unit_test(plain_numbers_spread),
		cmocka_unit_test(other_hashes_are_not_compared),
		cmocka_unit_test(same_hash_other_key),
		cmocka_unit_test(walk_that_removes),
	};

	return cmocka_run_group_tests_name("htab", tests, NULL, NULL);
}
