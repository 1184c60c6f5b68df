/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bytes a store explains, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "daemon/notify.h"

enum { GENERATION = 3, BYTE = 0x77 };

static struct notify notify;
static uint64_t begin_ns;
static uint8_t bytes[4096];

/* A store of [1000, 1100) that has ended. */
static int set_up(UNUSED void **state)
{
	notify = (struct notify){ 0 };
	notify_init(&notify);
	memset(bytes, BYTE, sizeof(bytes));
	begin_ns = clock_now_ns();
	notify_end(&notify, notify_begin(&notify, GENERATION, 1000, 100, BYTE));
	return 0;
}

static int tear_down(UNUSED void **state)
{
	notify_deinit(&notify);
	return 0;
}

static bool explains(uint64_t generation, uint64_t off, size_t len)
{
	return notify_explains(&notify, generation, off, bytes, len, begin_ns);
}

static void bytes_within_a_store_are_its(UNUSED void **state)
{
	assert_true(explains(GENERATION, 1000, 100));
	assert_true(explains(GENERATION, 1099, 1));
}

static void bytes_beside_it_are_not(UNUSED void **state)
{
	assert_false(explains(GENERATION, 999, 2));
	assert_false(explains(GENERATION, 1099, 2));
}

static void another_file_has_none_of_it(UNUSED void **state)
{
	assert_false(explains(GENERATION + 1, 1000, 100));
}

static void other_bytes_are_from_elsewhere(UNUSED void **state)
{
	bytes[50] = BYTE + 1;
	assert_false(explains(GENERATION, 1000, 100));
	assert_true(explains(GENERATION, 1000, 50));
}

static void what_ended_before_explains_nothing(UNUSED void **state)
{
	assert_false(notify_explains(&notify, GENERATION, 1000, bytes, 100,
				     clock_now_ns() + 1));
}

/* One that began before and has not ended may land at any time. */
static void what_has_not_ended_explains(UNUSED void **state)
{
	uint64_t store = notify_begin(&notify, GENERATION, 5000, 1, BYTE);

	assert_true(notify_explains(&notify, GENERATION, 5000, bytes, 1,
				    clock_now_ns() + 1));
	notify_end(&notify, store);
	assert_false(notify_explains(&notify, GENERATION, 5000, bytes, 1,
				     clock_now_ns() + 1));
}

/* Its place in the ring is another's then, which its end must not end. */
static void the_oldest_is_forgotten(UNUSED void **state)
{
	uint64_t first = notify_begin(&notify, GENERATION, 0, 1, BYTE);

	for (int i = 0; i < NOTIFY_KEPT; i++)
		assert_int_equal(notify_begin(&notify, GENERATION, 9000, 1,
					      BYTE), first + 1 + (uint64_t)i);
	notify_end(&notify, first);
	assert_false(explains(GENERATION, 0, 1));
	assert_false(explains(GENERATION, 1000, 100));
	for (int i = 0; i < NOTIFY_KEPT; i++)
		assert_int_equal(notify.stores[i].done_ns, UINT64_MAX);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(bytes_within_a_store_are_its),
		CASE(bytes_beside_it_are_not),
		CASE(another_file_has_none_of_it),
		CASE(other_bytes_are_from_elsewhere),
		CASE(what_ended_before_explains_nothing),
		CASE(what_has_not_ended_explains),
		CASE(the_oldest_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
