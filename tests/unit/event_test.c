/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event log: what a line is, and what the limit leaves of a storm. Time is
 * a fake that stands still; so are inodes, which may vanish.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fdio.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/inode.h"

#include <cmocka.h>	/* last: its macros take common names */

#define SEC CLOCK_NS_PER_SEC

/* ---- fakes ---- */

static atomic_uint_fast64_t now_ns;
static atomic_uint paths_made;

struct inode {
	uint64_t ino;
	const char *path;
};

uint64_t clock_now_ns(void)
{
	return atomic_load(&now_ns);
}

uint64_t clock_deadline_ns(uint64_t ns)
{
	return clock_now_ns() + ns;
}

void clock_sleep_ns(uint64_t ns)
{
	atomic_fetch_add(&now_ns, ns);
}

void clock_rfc3339(char buf[CLOCK_RFC3339_SIZE])
{
	strcpy(buf, "2026-11-23T04:26:00.123456Z");
}

uint64_t inode_ino(const struct inode *inode)
{
	return inode->ino;
}

void inode_path(UNUSED struct inode_table *table, struct inode *inode,
		UNUSED const char *name, char *buf, size_t size)
{
	atomic_fetch_add(&paths_made, 1);
	snprintf(buf, size, "%s", inode->path);
}

/* ---- a log in a directory of its own ---- */

static char directory[] = "/tmp/pinfs-event-XXXXXX";
static char path[64];
static struct config config;
static struct fs fs = { .config = &config };
static struct event_log *event_log;

static int make_directory(UNUSED void **state)
{
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/events.jsonl", directory);
	return 0;
}

static int remove_directory(UNUSED void **state)
{
	return rmdir(directory);
}

static int set_up(UNUSED void **state)
{
	atomic_store(&now_ns, 5 * SEC);
	atomic_store(&paths_made, 0);
	config.event_limit = 3;
	fs = (struct fs){ .config = &config };
	event_log = NULL;
	return event_log_create(&fs, path, &event_log);
}

static int tear_down(UNUSED void **state)
{
	event_log_destroy(event_log);
	return unlink(path);
}

static char *log_text(void)
{
	char *text;

	assert_int_equal(fdio_read_file(path, &text), 0);
	return text;
}

/* Line @index, which is JSON; NULL when there are fewer. Skips empty lines. */
static json_t *line(size_t index)
{
	char *text = log_text();
	char *save;
	char *one = strtok_r(text, "\n", &save);
	json_t *object = NULL;

	for (; one && index; index--)
		one = strtok_r(NULL, "\n", &save);
	if (one) {
		object = json_loads(one, 0, NULL);
		assert_true(json_is_object(object));
	}
	free(text);
	return object;
}

static size_t count_lines(void)
{
	size_t count = 0;
	json_t *object;

	for (; (object = line(count)); count++)
		json_decref(object);
	return count;
}

static void line_counts(size_t index, const char *key, long long value)
{
	json_t *object = line(index);

	assert_non_null(object);
	assert_int_equal(json_integer_value(json_object_get(object, key)),
			 value);
	json_decref(object);
}

static void line_says(size_t index, const char *key, const char *value)
{
	json_t *object = line(index);
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	assert_string_equal(text, value);
	json_decref(object);
}

static void mark(const char *text)
{
	event_write(event_log, "mark", json_pack("{s:s}", "text", text));
}

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

static unsigned int ask_often(struct inode *inode, unsigned int times)
{
	unsigned int allowed = 0;

	while (times--)
		allowed += event_allowed(event_log, inode);
	return allowed;
}

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

/* ---- promises ---- */

static json_t *text_keys(const char *text)
{
	return json_pack("{s:s}", "text", text);
}

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
#define LOG_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
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
		LOG_TEST(lines_wait_behind_a_promise),
		LOG_TEST(a_promise_can_be_kept_as_it_was_given),
		LOG_TEST(sync_gives_up_what_takes_too_long),
		LOG_TEST(suppressed_lines_wait_as_well),
		LOG_TEST(the_end_writes_what_was_promised),
		LOG_TEST(too_many_lines_give_the_oldest_promise_up),
		LOG_TEST(without_memory_a_promise_is_a_missing_line),
		LOG_TEST(the_order_of_lines_is_that_of_numbers),
	};

	return cmocka_run_group_tests_name("event", tests, make_directory,
					   remove_directory);
}
