/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which closes are remembered, and that those forgotten count as closes. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "daemon/closed.h"

static struct closed closed;

static int set_up(UNUSED void **state)
{
	closed_init(&closed);
	return 0;
}

static int tear_down(UNUSED void **state)
{
	closed_deinit(&closed);
	return 0;
}

static void a_close_is_known_since_before_it(UNUSED void **state)
{
	uint64_t before_ns = clock_now_ns();

	closed_note(&closed, 7);
	assert_true(closed_since(&closed, 7, before_ns));
	assert_false(closed_since(&closed, 8, before_ns));
	assert_false(closed_since(&closed, 7, clock_now_ns() + 1));
}

static void nothing_was_closed_at_first(UNUSED void **state)
{
	assert_false(closed_since(&closed, 7, 0));
	assert_false(closed_since(&closed, 0, 0));
}

static void what_is_forgotten_may_have_been_any(UNUSED void **state)
{
	uint64_t before_ns = clock_now_ns();

	for (int i = 0; i < CLOSED_KEPT - 1; i++)
		closed_note(&closed, 8);
	assert_false(closed_since(&closed, 7, before_ns));
	closed_note(&closed, 8);
	assert_true(closed_since(&closed, 7, before_ns));
	assert_false(closed_since(&closed, 7, clock_now_ns() + 1));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_close_is_known_since_before_it),
		CASE(nothing_was_closed_at_first),
		CASE(what_is_forgotten_may_have_been_any),
	};

	return cmocka_run_group_tests_name("closed", tests, NULL, NULL);
}
