/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which events pass a filter, and what a text says of time. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/eventfilter.h"

#include <cmocka.h>	/* last: its macros take common names */

#define US INT64_C(1000000)
#define NOW (INT64_C(1700000000) * US)

/* ---- times ---- */

/* In a zone that is an hour and a half ahead of UTC. */
static const struct {
	const char *text;
	int64_t us;
} times[] = {
	{ "5m", NOW - 300 * US },
	{ "1.5s", NOW - 1500000 },
	{ "0", NOW },
	{ "2023-11-14T22:13:20Z", NOW },
	{ "2023-11-14T22:13:20.123456Z", NOW + 123456 },
	{ "2023-11-14T22:13:20.1234567Z", NOW + 123456 },
	{ "2023-11-14T22:13:20.5Z", NOW + 500000 },
	{ "2023-11-14 22:13:20Z", NOW },
	{ "2023-11-14T22:13Z", NOW - 20 * US },
	{ "2023-11-14T23:13:20+01:00", NOW },
	{ "2023-11-14T18:43:20-03:30", NOW },
	{ "2023-11-14T23:43:20", NOW },
	{ "2023-11-14 23:43", NOW - 20 * US },
	{ "2023-11-15", NOW + (6400 - 5400) * US },
	{ "2023-11-15Z", NOW + 6400 * US },
	{ "1969-12-31T23:59:59Z", -US },
};

static void times_are_read(UNUSED void **state)
{
	setenv("TZ", "PIN-1:30", 1);
	tzset();
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		int64_t us = 1;
		int err = eventfilter_time(times[i].text, NOW, &us);

		if (err || us != times[i].us)
			fail_msg("%s: %d, %lld, not %lld", times[i].text, err,
				 (long long)us, (long long)times[i].us);
	}
}

static void what_is_no_time_is_refused(UNUSED void **state)
{
	static const char *const wrong[] = {
		"", "x", "5q", "-5m", " 2023-11-14", "2023-11", "2023-13-01Z",
		"2023-11-14T", "2023-11-14T22", "2023-11-14T25:00Z",
		"2023-11-14T22:13:20ZZ", "2023-11-14T22:13:20+1", "yesterday",
		"2023-11-14T22:13:20+01:00Z", "2023-11-14T22:13:20.Z",
		"2023-11-14T22:13:20 ", "2023-11-14T22:13:20+ 1:00",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		int64_t us = 1;

		if (eventfilter_time(wrong[i], NOW, &us) != -EINVAL || us != 1)
			fail_msg("'%s' was taken for %lld", wrong[i],
				 (long long)us);
	}
}

/* ---- events ---- */

static const char *const lines[] = {
	"{\"event\":\"mount\",\"time\":\"2023-11-14T22:13:20.000000Z\"}",
	"{\"event\":\"unstable\",\"path\":\"/a/b\",\"cause\":\"pin\","
		"\"time\":\"2023-11-14T22:13:21.000000Z\"}",
	"{\"event\":\"unstable\",\"path\":\"/c\",\"cause\":\"unknown\","
		"\"time\":\"2023-11-14T22:13:22.000000Z\"}",
	"{\"event\":\"lost\",\"path\":\"/a/b\","
		"\"time\":\"2023-11-14T22:13:23.000000Z\"}",
	"{\"event\":\"copied\",\"path\":\"/c\","
		"\"time\":\"2023-11-14T22:13:24.000000Z\"}",
	"{\"event\":\"later\",\"path\":null}",	/* what a later version has */
};

static const struct {
	const char *classes;
	const char *path;
	const char *causes;
	const char *since;
	const char *until;
	const char *wanted;	/* a letter for each line */
} rows[] = {
	{ NULL, NULL, NULL, NULL, NULL, "muulcx" },
	{ "unstable", NULL, NULL, NULL, NULL, ".uu..." },
	{ "mount,lost", NULL, NULL, NULL, NULL, "m..l.." },
	{ "finding", NULL, NULL, NULL, NULL, ".uul.." },
	{ "doubt", NULL, NULL, NULL, NULL, "....c." },
	{ "all,mount", NULL, NULL, NULL, NULL, "muulc." },
	{ NULL, "/a/b", NULL, NULL, NULL, ".u.l.." },
	{ NULL, "/*b", NULL, NULL, NULL, ".u.l.." },
	{ NULL, "/?", NULL, NULL, NULL, "..u.c." },
	{ NULL, NULL, "pin", NULL, NULL, ".u...." },
	{ NULL, NULL, "pi", NULL, NULL, "......" },
	{ NULL, NULL, "overwrite,unknown", NULL, NULL, "..u..." },
	{ NULL, NULL, NULL, "2023-11-14T22:13:22Z", NULL, "..ulc." },
	{ NULL, NULL, NULL, NULL, "2023-11-14T22:13:22Z", "mu...." },
	{ NULL, NULL, NULL, "2023-11-14T22:13:22Z",
	  "2023-11-14T22:13:23Z", "..u..." },
	{ "finding", "/a/*", NULL, NULL, "2023-11-14T22:13:23Z", ".u...." },
};

static void events_pass_what_asks_for_them(UNUSED void **state)
{
	static const char letters[] = "muulcx";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct eventfilter filter = EVENTFILTER_ALL;
		char passed[ARRAY_SIZE(lines) + 1] = "";

		if (rows[i].classes)
			assert_null(eventfilter_classes(&filter,
							rows[i].classes));
		filter.path = rows[i].path;
		filter.causes = rows[i].causes;
		if (rows[i].since)
			assert_int_equal(eventfilter_time(
				rows[i].since, 0, &filter.since_us), 0);
		if (rows[i].until)
			assert_int_equal(eventfilter_time(
				rows[i].until, 0, &filter.until_us), 0);
		for (size_t j = 0; j < ARRAY_SIZE(lines); j++) {
			json_t *event = json_loads(lines[j], 0, NULL);

			assert_non_null(event);
			passed[j] = eventfilter_wants(&filter, event) ?
				letters[j] : '.';
			json_decref(event);
		}
		if (strcmp(passed, rows[i].wanted))
			fail_msg("row %zu: %s, not %s", i, passed,
				 rows[i].wanted);
	}
}

static void what_is_no_class_is_named(UNUSED void **state)
{
	struct eventfilter filter = EVENTFILTER_ALL;

	assert_string_equal(eventfilter_classes(&filter, "lost,nothing"),
			    "nothing");
	assert_string_equal(eventfilter_classes(&filter, ""), "");
	assert_string_equal(eventfilter_classes(&filter, "lost,"), "");
}

/* Twice is both. */
static void classes_add_up(UNUSED void **state)
{
	struct eventfilter once = EVENTFILTER_ALL;
	struct eventfilter twice = EVENTFILTER_ALL;

	assert_null(eventfilter_classes(&once, "lost,mark"));
	assert_null(eventfilter_classes(&twice, "mark"));
	assert_null(eventfilter_classes(&twice, "lost"));
	assert_true(once.classes == twice.classes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(events_pass_what_asks_for_them),
		cmocka_unit_test(what_is_no_class_is_named),
		cmocka_unit_test(classes_add_up),
	};

	return cmocka_run_group_tests_name("eventfilter", tests, NULL, NULL);
}
