/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event log in a directory of its own. Time is a fake that stands still; so are
 * inodes, which may vanish.
 */
#ifndef PIN_EVENT_BENCH_H
#define PIN_EVENT_BENCH_H

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

static json_t *text_keys(const char *text)
{
	return json_pack("{s:s}", "text", text);
}

static void mark(const char *text)
{
	event_write(event_log, "mark", text_keys(text));
}

static unsigned int ask_often(struct inode *inode, unsigned int times)
{
	unsigned int allowed = 0;

	while (times--)
		allowed += event_allowed(event_log, inode);
	return allowed;
}

#define LOG_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
