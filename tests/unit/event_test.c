/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event log: what a line is, and what the limit leaves of a storm.
 */
#include "event-bench.h"

/* ---- lines ---- */

static void a_line_has_its_keys_in_order(UNUSED void **state)
{
	char *text;

	event_write(event_log, "copied", json_pack(
		"{s:s, s:i}", "path", "/t", "ino", 12));
	text = log_text();
	assert_string_equal(text, "{\"seq\":1,\"t_ns\":5000000000,"
			    "\"time\":\"2026-11-23T04:26:00.123456Z\","
			    "\"event\":\"copied\",\"path\":\"/t\",\"ino\":12}");
	free(text);
}

/* Also what belongs to another mount before it. */
static void lines_are_appended(UNUSED void **state)
{
	mark("one");
	mark("two");
	event_log_destroy(event_log);
	assert_int_equal(event_log_create(&fs, path, &event_log), 0);
	mark("three");
	assert_int_equal(count_lines(), 3);
	line_counts(1, "seq", 2);
	line_counts(2, "seq", 1);
	line_says(2, "text", "three");
	assert_int_equal(stats_get(&fs.stats.dropped_events), 0);
}

static void keys_do_not_replace_the_first_four(UNUSED void **state)
{
	event_write(event_log, "mark", json_pack(
		"{s:i, s:s, s:s}", "seq", 77, "event", "other", "text", "x"));
	line_counts(0, "seq", 1);
	line_says(0, "event", "mark");
	line_says(0, "text", "x");
}

static void without_memory_a_number_is_missing(UNUSED void **state)
{
	mark("one");
	event_write(event_log, "mark", NULL);
	mark("three");
	assert_int_equal(stats_get(&fs.stats.dropped_events), 1);
	assert_int_equal(count_lines(), 3);
	line_says(1, "event", "dropped");
	line_counts(1, "count", 1);
	line_counts(1, "seq", 3);
	line_counts(2, "seq", 4);
}

static void the_file_is_private(UNUSED void **state)
{
	struct stat attr;

	assert_int_equal(stat(path, &attr), 0);
	assert_int_equal(attr.st_mode & 07777, 0600);
	assert_string_equal(event_log_path(event_log), path);
}

static void the_path_is_absolute(UNUSED void **state)
{
	struct event_log *other;
	char relative[128];

	snprintf(relative, sizeof(relative), "%s/../%s/events.jsonl", directory,
		 strrchr(directory, '/') + 1);
	assert_int_equal(event_log_create(&fs, relative, &other), 0);
	assert_string_equal(event_log_path(other), path);
	event_log_destroy(other);

	snprintf(relative, sizeof(relative), "%s/none/x", directory);
	assert_int_equal(event_log_create(&fs, relative, &other), -ENOENT);
	event_log_destroy(NULL);
}

static void a_full_disk_costs_lines_only(UNUSED void **state)
{
	struct event_log *other;

	assert_int_equal(event_log_create(&fs, "/dev/full", &other), 0);
	event_write(other, "mark", json_pack("{s:s}", "text", "lost"));
	event_write(other, "mark", json_pack("{s:s}", "text", "lost"));
	assert_int_equal(stats_get(&fs.stats.dropped_events), 2);
	event_log_destroy(other);
}

static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A line cut short by a full disk is completed before the next one. */
static void a_line_cut_short_is_completed(UNUSED void **state)
{
	struct rlimit before;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	limit_file_size(20);
	mark("cut");
	mark("lost");
	mark("lost, too");
	assert_int_equal(stats_get(&fs.stats.dropped_events), 2);
	limit_file_size(30);
	mark("still no room");
	limit_file_size(before.rlim_cur);
	mark("whole");
	mark("next");
	assert_int_equal(stats_get(&fs.stats.dropped_events), 3);
	assert_int_equal(count_lines(), 4);
	line_says(0, "text", "cut");
	line_says(1, "event", "dropped");
	line_says(1, "reason", "File too large");
	line_counts(1, "count", 3);
	line_counts(1, "seq", 5);
	line_says(2, "text", "whole");
	line_counts(2, "seq", 6);
	line_says(3, "text", "next");
}

/* ---- limits ---- */

static void a_storm_becomes_one_line(UNUSED void **state)
{
	struct inode storm = { 7, "/storm" };
	struct inode quiet = { 8, "/quiet" };

	assert_int_equal(ask_often(&storm, 3), 3);
	assert_int_equal(paths_made, 0);
	assert_int_equal(ask_often(&storm, 100), 0);
	assert_int_equal(paths_made, 1);
	assert_int_equal(ask_often(&quiet, 3), 3);
	assert_int_equal(stats_get(&fs.stats.suppressed_events), 100);
	assert_int_equal(count_lines(), 0);

	/* Another file's question in the next second brings the line. */
	atomic_store(&now_ns, 6 * SEC);
	assert_int_equal(ask_often(&quiet, 1), 1);
	assert_int_equal(count_lines(), 1);
	line_says(0, "event", "suppressed");
	line_says(0, "path", "/storm");
	line_counts(0, "ino", 7);
	line_counts(0, "count", 100);
	assert_int_equal(ask_often(&storm, 5), 3);
	assert_int_equal(stats_get(&fs.stats.suppressed_events), 102);
}

static void sync_says_what_is_left(UNUSED void **state)
{
	struct inode inode = { 7, "/t" };

	event_sync(event_log);
	ask_often(&inode, 8);
	event_sync(event_log);
	assert_int_equal(count_lines(), 1);
	line_counts(0, "count", 5);
	event_sync(event_log);
	assert_int_equal(count_lines(), 1);

	/* The second is not over: still nothing is allowed. */
	assert_int_equal(ask_often(&inode, 2), 0);
	event_sync(event_log);
	assert_int_equal(count_lines(), 2);
	line_counts(1, "count", 2);
}

static void the_end_says_what_is_left(UNUSED void **state)
{
	struct inode inode = { 7, "/t" };

	ask_often(&inode, 4);
	event_log_destroy(event_log);
	event_log = NULL;
	assert_int_equal(count_lines(), 1);
	line_counts(0, "count", 1);
}

/* FORGET may free an inode before anything is said about it. */
static void inodes_may_vanish(UNUSED void **state)
{
	struct inode *inode = malloc(sizeof(*inode));

	assert_non_null(inode);
	*inode = (struct inode){ 9, "/gone" };
	ask_often(inode, 4);
	free(inode);
	event_sync(event_log);
	line_says(0, "path", "/gone");
	line_counts(0, "ino", 9);
}

static void no_full_events_at_all(UNUSED void **state)
{
	struct inode inode = { 7, "/t" };

	config.event_limit = 0;
	assert_int_equal(ask_often(&inode, 2), 0);
	event_sync(event_log);
	line_counts(0, "count", 2);
}

/* More files than there are records: memory stays, the counter is exact. */
static void too_many_files_are_only_counted(UNUSED void **state)
{
	config.event_limit = 1;
	for (uint64_t ino = 1; ino <= 1500; ino++) {
		struct inode inode = { ino, "/many" };

		assert_int_equal(ask_often(&inode, 2), ino <= 1024);
	}
	assert_int_equal(stats_get(&fs.stats.suppressed_events),
			 1024 + 2 * (1500 - 1024));
	atomic_store(&now_ns, 6 * SEC);
	assert_int_equal(ask_often(&(struct inode){ 1500, "/many" }, 1), 1);
	line_counts(1023, "ino", 1024);
	line_counts(1023, "seq", 1024);
	assert_null(line(1024));
}

/* ---- threads ---- */

enum { THREADS = 4, EVENTS = 300 };

static void *write_many(void *arg)
{
	struct inode inode = { (uint64_t)(uintptr_t)arg % 2, "/shared" };

	for (int i = 0; i < EVENTS; i++) {
		if (i % 7)
			mark("text");
		else
			event_complete(event_log, event_promise(
				event_log, "mark", text_keys("text")), NULL);
		event_allowed(event_log, &inode);
		if (i % 50 == 0)
			clock_sleep_ns(SEC / 3);
		if (i % 100 == 0)
			event_sync(event_log);
	}
	return NULL;
}

static void the_order_of_lines_is_that_of_numbers(UNUSED void **state)
{
	pthread_t threads[THREADS];
	size_t marks = 0;
	long long suppressed = 0;
	char *text;
	char *save;
	long long seq = 0;

	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many,
						(void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	event_sync(event_log);
	text = log_text();
	for (char *one = strtok_r(text, "\n", &save); one;
	     one = strtok_r(NULL, "\n", &save)) {
		json_t *object = json_loads(one, 0, NULL);
		json_t *count = json_object_get(object, "count");

		assert_int_equal(json_integer_value(json_object_get(
			object, "seq")), ++seq);
		marks += !count;
		suppressed += json_integer_value(count);
		json_decref(object);
	}
	free(text);
	assert_int_equal(marks, THREADS * EVENTS);
	assert_int_equal(suppressed, stats_get(&fs.stats.suppressed_events));
	assert_true(suppressed > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LOG_TEST(a_line_has_its_keys_in_order),
		LOG_TEST(lines_are_appended),
		LOG_TEST(keys_do_not_replace_the_first_four),
		LOG_TEST(without_memory_a_number_is_missing),
		LOG_TEST(the_file_is_private),
		LOG_TEST(the_path_is_absolute),
		LOG_TEST(a_full_disk_costs_lines_only),
		LOG_TEST(a_line_cut_short_is_completed),
		LOG_TEST(a_storm_becomes_one_line),
		LOG_TEST(sync_says_what_is_left),
		LOG_TEST(the_end_says_what_is_left),
		LOG_TEST(inodes_may_vanish),
		LOG_TEST(no_full_events_at_all),
		LOG_TEST(too_many_files_are_only_counted),
		LOG_TEST(the_order_of_lines_is_that_of_numbers),
	};

	return cmocka_run_group_tests_name("event", tests, make_directory,
					   remove_directory);
}
