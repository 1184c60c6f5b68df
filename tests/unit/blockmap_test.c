/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of blocks: what is put there is found, by file and block, and goes
 * by block, range and owner; and it takes no more than it may. A long random
 * run is compared with an array.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "daemon/blockmap.h"

#include <cmocka.h>

static struct blockmap map;

static int set_up(UNUSED void **state)
{
	return blockmap_init(&map, 100);
}

static int tear_down(UNUSED void **state)
{
	blockmap_deinit(&map);
	return 0;
}

static int put(uint64_t file, uint64_t block, uint64_t digest, uint64_t owner)
{
	struct blockmap_value value = { .digest = digest, .owner = owner };

	return blockmap_put(&map, file, block, &value);
}

/* The digest of a block, 0 when it is not known. */
static uint64_t get(uint64_t file, uint64_t block)
{
	struct blockmap_value value = { 0 };

	return blockmap_get(&map, file, block, &value) ? value.digest : 0;
}

static void a_block_is_found_by_file_and_number(UNUSED void **state)
{
	assert_int_equal(put(1, 5, 15, 0), 0);
	assert_int_equal(put(2, 5, 25, 0), 0);
	assert_int_equal(put(1, 6, 16, 0), 0);
	assert_int_equal(get(1, 5), 15);
	assert_int_equal(get(2, 5), 25);
	assert_int_equal(get(1, 6), 16);
	assert_int_equal(get(2, 6), 0);
	assert_int_equal(blockmap_count(&map), 3);
}

static void a_newer_value_replaces_the_older(UNUSED void **state)
{
	assert_int_equal(put(1, 5, 15, 0), 0);
	assert_int_equal(put(1, 5, 99, 0), 0);
	assert_int_equal(get(1, 5), 99);
	assert_int_equal(blockmap_count(&map), 1);
}

static void what_is_taken_is_gone(UNUSED void **state)
{
	struct blockmap_value value;

	assert_int_equal(put(1, 5, 15, 7), 0);
	assert_true(blockmap_take(&map, 1, 5, &value));
	assert_int_equal(value.digest, 15);
	assert_int_equal(value.owner, 7);
	assert_false(blockmap_take(&map, 1, 5, &value));
	assert_int_equal(blockmap_count(&map), 0);
}

static void it_takes_no_more_than_it_may(UNUSED void **state)
{
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(put(i % 3, i, 1, 0), 0);
	assert_int_equal(put(0, 1000, 1, 0), -ENOSPC);
	/* Replacing takes no room. */
	assert_int_equal(put(0, 0, 2, 0), 0);
	assert_int_equal(get(0, 0), 2);
	assert_int_equal(blockmap_count(&map), 100);
}

/* A short range is looked up, a long one is a walk: both drop the same. */
static void a_range_is_dropped(UNUSED void **state)
{
	static const struct { uint64_t first, count, dropped; } cases[] = {
		{ 0, 1, 1 }, { 3, 4, 4 }, { 8, 100, 2 },
		{ 9, UINT64_MAX - 9, 1 }, { 0, UINT64_MAX, 10 },
		{ 10, UINT64_MAX, 0 }, { 20, 5, 0 }, { 5, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (uint64_t block = 0; block < 10; block++) {
			assert_int_equal(put(1, block, 1, 0), 0);
			assert_int_equal(put(2, block, 1, 0), 0);
		}
		assert_int_equal(blockmap_drop(&map, 1, cases[i].first,
					       cases[i].count),
				 cases[i].dropped);
		for (uint64_t block = 0; block < 10; block++) {
			bool gone = block >= cases[i].first &&
				    block - cases[i].first < cases[i].count;

			assert_int_equal(get(1, block), gone ? 0 : 1);
			assert_int_equal(get(2, block), 1);
		}
	}
	assert_int_equal(blockmap_drop(&map, 77, 0, UINT64_MAX), 0);
}

static void an_owners_blocks_are_dropped(UNUSED void **state)
{
	for (uint64_t block = 0; block < 10; block++) {
		assert_int_equal(put(1, block, 1, block % 2), 0);
		assert_int_equal(put(2, block, 1, 1), 0);
	}
	assert_int_equal(blockmap_drop_owner(&map, 1, 1), 5);
	for (uint64_t block = 0; block < 10; block++) {
		assert_int_equal(get(1, block), block % 2 ? 0 : 1);
		assert_int_equal(get(2, block), 1);
	}
	assert_int_equal(blockmap_drop_owner(&map, 1, 0), 5);
	assert_int_equal(blockmap_drop_owner(&map, 1, 0), 0);
	assert_int_equal(blockmap_count(&map), 10);
}

/* 0: not there. */
static uint64_t model[4][64];

static size_t drop_of_model(size_t file, size_t first, size_t count)
{
	size_t dropped = 0;

	for (size_t i = first; i < MIN(first + count, (size_t)64); i++) {
		dropped += model[file][i] != 0;
		model[file][i] = 0;
	}
	return dropped;
}

static void a_random_run_is_as_in_an_array(UNUSED void **state)
{
	size_t count = 0;

	srandom(1);
	for (unsigned int i = 1; i < 100000; i++) {
		size_t file = (size_t)random() % 4;
		size_t block = (size_t)random() % 64;

		if (random() % 8) {
			bool fits = model[file][block] || count < 100;

			assert_int_equal(put(file, block, i, 0),
					 fits ? 0 : -ENOSPC);
			if (fits) {
				count += !model[file][block];
				model[file][block] = i;
			}
		} else {
			size_t n = (size_t)random() % 64;
			size_t dropped = drop_of_model(file, block, n);

			assert_int_equal(blockmap_drop(&map, file, block, n),
					 dropped);
			count -= dropped;
		}
		file = (size_t)random() % 4;
		block = (size_t)random() % 64;
		assert_int_equal(get(file, block), model[file][block]);
		assert_int_equal(blockmap_count(&map), count);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_block_is_found_by_file_and_number),
		CASE(a_newer_value_replaces_the_older),
		CASE(what_is_taken_is_gone),
		CASE(it_takes_no_more_than_it_may),
		CASE(a_range_is_dropped),
		CASE(an_owners_blocks_are_dropped),
		CASE(a_random_run_is_as_in_an_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
