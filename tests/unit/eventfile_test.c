/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole lines in a file that gets full, where RLIMIT_FSIZE is the disk: what is
 * cut short is completed, or cut off, and nothing else is.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fdio.h"
#include "daemon/event-file.h"

static char path[] = "/tmp/pinfs-eventfile-XXXXXX";
static struct rlimit unlimited;

static int make_file(void **state UNUSED)
{
	int fd = mkstemp(path);

	signal(SIGXFSZ, SIG_IGN);
	if (fd < 0 || close(fd))
		return -1;
	return getrlimit(RLIMIT_FSIZE, &unlimited);
}

static int remove_file(void **state UNUSED)
{
	return unlink(path);
}

static int empty_file(void **state UNUSED)
{
	return truncate(path, 0);
}

/* The file can grow to so many bytes; 0: to any. */
static void limit_bytes(rlim_t bytes)
{
	struct rlimit limit = unlimited;

	if (bytes)
		limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void append_text(const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	assert_true(fd >= 0);
	assert_int_equal(fdio_write(fd, text, strlen(text)), 0);
	close(fd);
}

static void file_is(const char *wanted)
{
	char text[256] = "";
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(fdio_read(fd, text, sizeof(text) - 1) >= 0);
	assert_string_equal(text, wanted);
	close(fd);
}

static int add(struct event_file *file, const char *line)
{
	char *copy = strdup(line);

	assert_non_null(copy);
	return event_file_add(file, copy, strlen(line));
}

static void a_line_cut_short_is_completed_in_pieces(void **state UNUSED)
{
	struct event_file file;

	assert_int_equal(event_file_open(&file, path), 0);
	limit_bytes(10);
	assert_int_equal(add(&file, "{\"seq\":1,\"a\":1}\n"), 0);
	file_is("{\"seq\":1,\"");
	assert_int_equal(event_file_finish(&file), -EFBIG);
	limit_bytes(12);
	assert_int_equal(event_file_finish(&file), -EFBIG);
	file_is("{\"seq\":1,\"a\"");
	limit_bytes(0);
	assert_int_equal(event_file_finish(&file), 0);
	assert_int_equal(event_file_finish(&file), 0);
	assert_int_equal(add(&file, "{\"seq\":2}\n"), 0);
	event_file_close(&file);
	file_is("{\"seq\":1,\"a\":1}\n{\"seq\":2}\n");
}

static void without_any_room_nothing_is_kept(void **state UNUSED)
{
	struct event_file file;

	append_text("{\"seq\":1}\n");
	assert_int_equal(event_file_open(&file, path), 0);
	limit_bytes(10);
	assert_int_equal(add(&file, "{\"seq\":2}\n"), -EFBIG);
	limit_bytes(0);
	assert_int_equal(event_file_finish(&file), 0);
	event_file_close(&file);
	file_is("{\"seq\":1}\n");
}

/* The end comes before there is room. */
static void what_cannot_be_completed_is_cut_off(void **state UNUSED)
{
	struct event_file file;

	assert_int_equal(event_file_open(&file, path), 0);
	assert_int_equal(add(&file, "{\"seq\":1}\n"), 0);
	limit_bytes(13);
	assert_int_equal(add(&file, "{\"seq\":2}\n"), 0);
	file_is("{\"seq\":1}\n{\"s");
	event_file_close(&file);
	limit_bytes(0);
	file_is("{\"seq\":1}\n");
}

/* What there is, and what is there when a daemon has opened it. */
static const struct {
	const char *before;
	const char *after;
} cases[] = {
	/* Whole. */
	{ "", "" },
	{ "{\"seq\":1}\n", "{\"seq\":1}\n" },
	/* A daemon was killed within a line, the first or a later one. */
	{ "{\"seq\":1,\"t_ns\":50", "" },
	{ "{\"seq\":1}\n{\"seq\":2,\"t_ns\":50", "{\"seq\":1}\n" },
	{ "{\"seq\":1}\n{\"s", "{\"seq\":1}\n" },
	/* Of somebody else: ended, and not cut off. */
	{ "{\"seq\":1}\nmine", "{\"seq\":1}\nmine\n" },
	{ "{\"sea\":1}", "{\"sea\":1}\n" },
};

static void a_last_line_that_is_not_complete(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct event_file file;

		assert_int_equal(truncate(path, 0), 0);
		append_text(cases[i].before);
		assert_int_equal(event_file_open(&file, path), 0);
		event_file_close(&file);
		file_is(cases[i].after);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_cut_short_is_completed_in_pieces,
				       empty_file),
		cmocka_unit_test_setup(without_any_room_nothing_is_kept,
				       empty_file),
		cmocka_unit_test_setup(what_cannot_be_completed_is_cut_off,
				       empty_file),
		cmocka_unit_test(a_last_line_that_is_not_complete),
	};

	return cmocka_run_group_tests_name("event-file", tests, make_file,
					   remove_file);
}
