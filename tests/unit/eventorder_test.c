/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event log: lines that are promised, and those that wait behind them. */
#include "event-bench.h"

static uint64_t promise(const char *text)
{
	uint64_t ticket = event_promise(event_log, "mark", text_keys(text));

	assert_int_not_equal(ticket, 0);
	return ticket;
}

static void lines_wait_behind_a_promise(UNUSED void **state)
{
	uint64_t first = promise("one, at first");
	uint64_t third;

	atomic_store(&now_ns, 6 * SEC);
	mark("two");
	third = promise("three, at first");
	mark("four");
	assert_int_equal(count_lines(), 0);

	assert_true(event_complete(event_log, third, text_keys("three")));
	assert_int_equal(count_lines(), 0);
	atomic_store(&now_ns, 9 * SEC);
	assert_true(event_complete(event_log, first, text_keys("one")));
	assert_int_equal(count_lines(), 4);
	line_says(0, "text", "one");
	line_counts(0, "seq", 1);
	line_counts(0, "t_ns", 5 * SEC);
	line_says(1, "text", "two");
	line_counts(1, "t_ns", 6 * SEC);
	line_says(2, "text", "three");
	line_says(3, "text", "four");
	line_counts(3, "seq", 4);
	mark("five");
	line_says(4, "text", "five");
	line_counts(4, "t_ns", 9 * SEC);
}

static void a_promise_can_be_kept_as_it_was_given(UNUSED void **state)
{
	uint64_t ticket = promise("as it was");

	assert_true(event_is_promised(event_log, ticket));
	assert_true(event_complete(event_log, ticket, NULL));
	assert_false(event_is_promised(event_log, ticket));
	line_says(0, "text", "as it was");
	/* No ticket is none's. */
	assert_false(event_is_promised(event_log, 0));
	assert_false(event_complete(event_log, 0, text_keys("nobody's")));
	assert_int_equal(count_lines(), 1);
}

/* The fake's time is long past for a condition: it waits no moment. */
static void sync_gives_up_what_takes_too_long(UNUSED void **state)
{
	uint64_t ticket = promise("as it was");

	mark("two");
	event_sync(event_log);
	assert_int_equal(count_lines(), 2);
	line_says(0, "text", "as it was");
	line_says(1, "text", "two");
	assert_false(event_complete(event_log, ticket, text_keys("late")));
	assert_int_equal(count_lines(), 2);
}

static void suppressed_lines_wait_as_well(UNUSED void **state)
{
	struct inode inode = { 7, "/t" };
	uint64_t ticket = promise("one");

	ask_often(&inode, 5);
	atomic_store(&now_ns, 6 * SEC);
	ask_often(&inode, 1);
	assert_int_equal(count_lines(), 0);
	assert_true(event_complete(event_log, ticket, NULL));
	line_says(0, "event", "mark");
	line_says(1, "event", "suppressed");
	line_counts(1, "count", 2);
}

static void the_end_writes_what_was_promised(UNUSED void **state)
{
	promise("as it was");
	mark("two");
	event_log_destroy(event_log);
	event_log = NULL;
	assert_int_equal(count_lines(), 2);
	line_says(0, "text", "as it was");
}

/* Who never keeps a promise costs memory up to a bound, and no line. */
static void too_many_lines_give_the_oldest_promise_up(UNUSED void **state)
{
	uint64_t first = promise("first");
	uint64_t second = promise("second");

	for (int i = 2; i < EVENT_MAX_WAITING; i++)
		mark("waits");
	assert_int_equal(count_lines(), 0);
	mark("one too many");
	assert_int_equal(count_lines(), 1);
	assert_false(event_is_promised(event_log, first));
	assert_true(event_is_promised(event_log, second));
	mark("and another");
	assert_int_equal(count_lines(), EVENT_MAX_WAITING + 2);
	line_says(EVENT_MAX_WAITING + 1, "text", "and another");
	line_counts(EVENT_MAX_WAITING + 1, "seq", EVENT_MAX_WAITING + 2);
}

static void without_memory_a_promise_is_a_missing_line(UNUSED void **state)
{
	uint64_t ticket = promise("one");

	assert_int_equal(event_promise(event_log, "mark", NULL), 0);
	event_write(event_log, "mark", NULL);
	assert_true(event_complete(event_log, ticket, NULL));
	mark("four");
	assert_int_equal(stats_get(&fs.stats.dropped_events), 2);
	line_says(0, "event", "dropped");
	line_counts(0, "count", 2);
	line_says(1, "text", "one");
	line_says(2, "text", "four");
	assert_int_equal(count_lines(), 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LOG_TEST(lines_wait_behind_a_promise),
		LOG_TEST(a_promise_can_be_kept_as_it_was_given),
		LOG_TEST(sync_gives_up_what_takes_too_long),
		LOG_TEST(suppressed_lines_wait_as_well),
		LOG_TEST(the_end_writes_what_was_promised),
		LOG_TEST(too_many_lines_give_the_oldest_promise_up),
		LOG_TEST(without_memory_a_promise_is_a_missing_line),
	};

	return cmocka_run_group_tests_name("eventorder", tests, make_directory,
					   remove_directory);
}
