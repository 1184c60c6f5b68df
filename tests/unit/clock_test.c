/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deadlines that do not fit, sleeps that are interrupted, RFC 3339. */
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/compiler.h"

static void deadlines(void **state UNUSED)
{
	uint64_t before_ns = clock_now_ns();
	uint64_t deadline_ns = clock_deadline_ns(CLOCK_NS_PER_SEC);
	uint64_t after_ns = clock_now_ns();

	assert_true(before_ns <= after_ns);
	assert_true(deadline_ns >= before_ns + CLOCK_NS_PER_SEC);
	assert_true(deadline_ns <= after_ns + CLOCK_NS_PER_SEC);
	/* For ever, and what is as long as that. */
	assert_true(clock_deadline_ns(CLOCK_NEVER) == CLOCK_NEVER);
	assert_true(clock_deadline_ns(CLOCK_NEVER - before_ns) == CLOCK_NEVER);
	assert_true(clock_deadline_ns(CLOCK_NEVER / 2) < CLOCK_NEVER);
}

static void time_left(void **state UNUSED)
{
	static const struct {
		uint64_t ns;
		int least, most;
		const char *why;
	} rows[] = {
		{ 0, 0, 0, "now" },
		{ 1, 0, 1, "rounded up, unless it has passed" },
		{ CLOCK_NS_PER_SEC, 0, 1000, "never more than there is" },
		{ 1000000 * CLOCK_NS_PER_SEC, 1000000000 - 60000, 1000000000,
		  "eleven days" },
		{ 3000000 * CLOCK_NS_PER_SEC, INT_MAX, INT_MAX,
		  "more than poll(2) takes" },
		{ CLOCK_NEVER / 2, INT_MAX, INT_MAX, "centuries" },
		{ CLOCK_NEVER, -1, -1, "for ever" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int ms = clock_left_ms(clock_deadline_ns(rows[i].ns));

		if (ms < rows[i].least || ms > rows[i].most)
			fail_msg("%s: %d ms", rows[i].why, ms);
	}
	assert_int_equal(clock_left_ms(0), 0);	/* long ago */

	/* Rounded down a wait would end before its deadline. */
	uint64_t deadline_ns = clock_deadline_ns(60 * CLOCK_NS_PER_SEC);
	int ms = clock_left_ms(deadline_ns);

	assert_true(clock_now_ns() + (uint64_t)ms * CLOCK_NS_PER_MS >=
		    deadline_ns);
}

static unsigned int interruptions;

static void interrupt(int signal UNUSED)
{
	interruptions++;
}

static void sleeps_are_not_cut_short(void **state UNUSED)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } };
	struct itimerval never = { 0 };
	uint64_t end_ns = clock_deadline_ns(30 * CLOCK_NS_PER_MS);

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
	clock_sleep_ns(30 * CLOCK_NS_PER_MS);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(clock_now_ns() >= end_ns);
	assert_true(interruptions > 0);
}

static void wall_time(void **state UNUSED)
{
	char text[CLOCK_RFC3339_SIZE], again[CLOCK_RFC3339_SIZE + 8];
	time_t before = time(NULL) - 1;	/* time(2) may lag by a tick */
	struct tm utc = { 0 };
	int micros = -1, used = 0;

	/* Always in UTC, wherever the machine is. */
	assert_int_equal(setenv("TZ", "XYZ-5:30", 1), 0);
	tzset();
	clock_rfc3339(text);

	time_t after = time(NULL) + 1;

	assert_int_equal(sscanf(text, "%d-%d-%dT%d:%d:%d.%6dZ%n", &utc.tm_year,
				&utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
				&utc.tm_min, &utc.tm_sec, &micros, &used), 7);
	assert_int_equal(used, strlen(text));
	/* All digits are there. */
	snprintf(again, sizeof(again), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
		 utc.tm_year, utc.tm_mon, utc.tm_mday, utc.tm_hour, utc.tm_min,
		 utc.tm_sec, micros);
	assert_string_equal(text, again);
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	assert_in_range(timegm(&utc), before, after);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlines),
		cmocka_unit_test(time_left),
		cmocka_unit_test(sleeps_are_not_cut_short),
		cmocka_unit_test(wall_time),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
