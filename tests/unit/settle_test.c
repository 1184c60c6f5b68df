/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of blocks that wait for their follow-up WRITE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/digest.h"
#include "daemon/settle.h"

static struct settle *settle;

static int set_up(UNUSED void **state)
{
	return settle_create(&settle);
}

static int tear_down(UNUSED void **state)
{
	settle_destroy(settle);
	return 0;
}

/* A block of which @len bytes from @at on were looked at. */
static struct settle_block part(uint64_t block, size_t at, size_t len)
{
	return (struct settle_block){
		.block = block,
		.off = block * DIGEST_BLOCK + at,
		.len = len,
		.digest = block + 7,
		.since_ns = 1,
	};
}

static bool add(uint64_t generation, uint64_t block)
{
	struct settle_block whole = part(block, 0, DIGEST_BLOCK);

	return settle_add(settle, generation, &whole);
}

static void a_block_is_taken_by_what_covers_it(UNUSED void **state)
{
	static const struct {
		uint64_t off, end;	/* of the WRITE */
		bool takes;
	} rows[] = {
		{ 8192 + 100, 8192 + 300, true },	/* just that */
		{ 8192, 12288, true },
		{ 0, 1 << 20, true },
		{ 8192 + 101, 12288, false },		/* a byte too late */
		{ 0, 8192 + 299, false },		/* a byte too short */
		{ 8192 + 300, 12288, false },
	};
	struct settle_block waiting = part(2, 100, 200);
	struct settle_block taken;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(settle_add(settle, 5, &waiting));
		assert_int_equal(settle_take(settle, 5, 2, rows[i].off,
					     rows[i].end, &taken),
				 rows[i].takes);
		assert_int_equal(settle_count(settle), !rows[i].takes);
		if (rows[i].takes) {
			assert_int_equal(taken.off, waiting.off);
			assert_int_equal(taken.len, 200);
			assert_int_equal(taken.digest, waiting.digest);
		}
	}
}

static void files_and_blocks_are_told_apart(UNUSED void **state)
{
	struct settle_block taken;

	assert_true(add(1, 10));
	assert_true(add(2, 10));
	assert_true(add(1, 11));
	assert_false(settle_waits(settle, 3, 10));
	assert_false(settle_waits(settle, 2, 11));
	assert_true(settle_take(settle, 1, 10, 0, UINT64_MAX, &taken));
	assert_false(settle_take(settle, 1, 10, 0, UINT64_MAX, &taken));
	assert_true(settle_waits(settle, 2, 10));
	assert_true(settle_waits(settle, 1, 11));
	assert_int_equal(settle_count(settle), 2);
}

static void a_block_waits_once_with_the_last_bytes_seen(UNUSED void **state)
{
	struct settle_block again = part(4, 0, DIGEST_BLOCK);
	struct settle_block taken;

	assert_true(add(1, 4));
	again.digest = 99;
	assert_true(settle_add(settle, 1, &again));
	assert_int_equal(settle_count(settle), 1);
	assert_true(settle_take(settle, 1, 4, 0, UINT64_MAX, &taken));
	assert_int_equal(taken.digest, 99);
	assert_int_equal(settle_count(settle), 0);
}

static void a_truncate_takes_what_it_cuts(UNUSED void **state)
{
	for (uint64_t block = 0; block < 10; block++)
		assert_true(add(1, block));
	assert_true(add(2, 9));
	/* A hole in the middle, then all from within a block on. */
	settle_drop(settle, 1, 2 * DIGEST_BLOCK, 4 * DIGEST_BLOCK);
	settle_drop(settle, 1, 7 * DIGEST_BLOCK + 1, UINT64_MAX);
	for (uint64_t block = 0; block < 10; block++)
		assert_int_equal(settle_waits(settle, 1, block),
				 block < 2 || (block >= 4 && block < 7));
	assert_true(settle_waits(settle, 2, 9));
	assert_int_equal(settle_count(settle), 6);
	settle_drop(settle, 1, 0, UINT64_MAX);
	settle_drop(settle, 3, 0, UINT64_MAX);
	assert_int_equal(settle_count(settle), 1);
}

static void there_is_an_end_of_room(UNUSED void **state)
{
	struct settle_block taken;

	for (uint64_t block = 0; block < SETTLE_MAX_BLOCKS; block++)
		assert_true(add(block % 7, block));
	assert_false(add(1, SETTLE_MAX_BLOCKS));
	assert_int_equal(settle_count(settle), SETTLE_MAX_BLOCKS);
	/* What waits already needs no room. */
	assert_true(add(0, 0));
	assert_true(settle_take(settle, 3, 3, 0, UINT64_MAX, &taken));
	assert_true(add(1, SETTLE_MAX_BLOCKS));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_block_is_taken_by_what_covers_it),
		TEST(files_and_blocks_are_told_apart),
		TEST(a_block_waits_once_with_the_last_bytes_seen),
		TEST(a_truncate_takes_what_it_cuts),
		TEST(there_is_an_end_of_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
