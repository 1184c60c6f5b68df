/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of a sweep: names, previous places, what is left alone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/sweepdir.h"
#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/tool.h"

#include <cmocka.h>	/* last: its macros take common names */

static char top[64];

static int make_top(UNUSED void **state)
{
	snprintf(top, sizeof(top), "/tmp/sweepdir-test-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int remove_top(UNUSED void **state)
{
	const char *const argv[] = { "rm", "-rf", top, NULL };
	char text[64];

	return tool_run(argv, text, sizeof(text));
}

static void name_of(const char *name, const char *file, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/out/%s%s%s", top, name, *file ? "/" : "",
		 file);
}

static void put(const char *name, const char *file, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	name_of(name, file, path);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

/* What is in a file of a place, NULL: there is none. */
static char *get(const char *name, const char *file)
{
	char path[PATH_MAX];
	char *text;

	name_of(name, file, path);
	return fdio_read_file(path, &text) ? NULL : text;
}

static struct sweepdir *open_out(unsigned int keep)
{
	char path[PATH_MAX];
	struct sweepdir *dir;

	name_of("", "", path);
	assert_int_equal(sweepdir_open(path, keep, &dir), 0);
	return dir;
}

static void take(struct sweepdir *dir, const char *wish, const char *name)
{
	char taken[SWEEPDIR_NAME_SIZE];

	assert_int_equal(sweepdir_take(dir, wish, taken), 0);
	assert_string_equal(taken, name);
}

static void sweep_once(unsigned int keep, const char *text)
{
	struct sweepdir *dir = open_out(keep);

	take(dir, "6.12", "6.12");
	put("6.12", "result.json", text);
	sweepdir_close(dir);
}

static void expect(const char *name, const char *text)
{
	autofree char *is = get(name, "result.json");

	if (!text)
		assert_null(is);
	else
		assert_string_equal(is ? is : "(none)", text);
}

/* As many as wanted, the newest first, the oldest gone with all in it. */
static void previous_ones_are_kept(UNUSED void **state)
{
	sweep_once(2, "first");
	sweep_once(2, "second");
	expect("6.12", "second");
	expect("previous/6.12.1", "first");
	sweep_once(2, "third");
	sweep_once(2, "fourth");
	expect("6.12", "fourth");
	expect("previous/6.12.1", "third");
	expect("previous/6.12.2", "second");
	expect("previous/6.12.3", NULL);
	sweep_once(0, "fifth");
	expect("6.12", "fifth");
	expect("previous/6.12.1", "third");
}

static void names(UNUSED void **state)
{
	static const struct {
		const char *wish, *name, *why;
	} rows[] = {
		{ "6.12.95+deb13-cloud-amd64", "6.12.95+deb13-cloud-amd64",
		  "a release" },
		{ "debian:6.1", "debian_6.1", "no scheme in a reference" },
		{ "../../etc", "_._.._etc", "no way out" },
		{ "", "kernel", "none" },
		{ "previous", "previous_", "ours" },
		{ "matrix.json", "matrix.json_", "ours" },
		{ "a b\n", "a_b_", "no spaces" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[SWEEPDIR_NAME_SIZE];

		sweepdir_name(rows[i].wish, name);
		if (strcmp(name, rows[i].name) != 0)
			fail_msg("%s: %s", rows[i].why, name);
	}
}

/* Two kernels of one name in a sweep have a place each. */
static void nobody_shares(UNUSED void **state)
{
	struct sweepdir *dir = open_out(3);

	take(dir, "6.12", "6.12");
	take(dir, "6.12", "6.12-2");
	take(dir, "6.12", "6.12-3");
	sweepdir_close(dir);
}

/* Not even a file, and never what is not a sweep's. */
static void others_are_left_alone(UNUSED void **state)
{
	struct sweepdir *dir = open_out(3);
	char path[PATH_MAX], taken[SWEEPDIR_NAME_SIZE];
	autofree char *text = NULL;

	name_of("home", "", path);
	assert_int_equal(mkdir(path, 0777), 0);
	put("home", "letter", "dear");
	assert_int_equal(sweepdir_take(dir, "home", taken), -EEXIST);
	text = get("home", "letter");
	assert_string_equal(text, "dear");
	put("file", "", "text");
	assert_int_equal(sweepdir_take(dir, "file", taken), -EEXIST);
	sweepdir_close(dir);
}

static void one_at_a_time(UNUSED void **state)
{
	struct sweepdir *dir = open_out(3), *other;
	char path[PATH_MAX];

	name_of("", "", path);
	assert_int_equal(sweepdir_open(path, 3, &other), -EBUSY);
	sweepdir_close(dir);
	dir = open_out(3);
	sweepdir_close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(previous_ones_are_kept,
						make_top, remove_top),
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(nobody_shares, make_top,
						remove_top),
		cmocka_unit_test_setup_teardown(others_are_left_alone,
						make_top, remove_top),
		cmocka_unit_test_setup_teardown(one_at_a_time, make_top,
						remove_top),
	};

	log_setup("sweepdir_test", LOG_SINK_STDERR, false);
	return cmocka_run_group_tests_name("sweepdir", tests, NULL, NULL);
}
