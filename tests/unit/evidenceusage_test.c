/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limits of evidence: by bytes, by file, and what was there before. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/evidence-usage.h"

#include <cmocka.h>	/* last: its macros take common names */

enum { BLOCK = 4096 };

static struct evidence_usage usage;
static const struct evidence_limits limits = { .bytes = 5 * BLOCK, .files = 2 };

static int set_up(UNUSED void **state)
{
	return evidence_usage_init(&usage);
}

static int tear_down(UNUSED void **state)
{
	evidence_usage_deinit(&usage);
	return 0;
}

/* A file counts as the disk does: by whole blocks. */
static void bytes_are_limited(UNUSED void **state)
{
	assert_int_equal(evidence_usage_take(&usage, &limits, 1, BLOCK + 1), 0);
	assert_int_equal(usage.bytes, 2 * BLOCK);
	assert_int_equal(evidence_usage_take(&usage, &limits, 2, 3 * BLOCK + 1),
			 -EDQUOT);
	assert_int_equal(evidence_usage_take(&usage, &limits, 2, 3 * BLOCK), 0);
	assert_int_equal(evidence_usage_take(&usage, &limits, 3, 1), -EDQUOT);
	evidence_usage_give(&usage, 1, BLOCK + 1);
	assert_int_equal(usage.bytes, 3 * BLOCK);
	assert_int_equal(evidence_usage_take(&usage, &limits, 3, 1), 0);
	assert_int_equal(evidence_usage_take(&usage, &limits, 4, UINT64_MAX / 2),
			 -EDQUOT);
}

static void files_about_a_file_are_limited(UNUSED void **state)
{
	assert_int_equal(evidence_usage_take(&usage, &limits, 1, 1), 0);
	assert_int_equal(evidence_usage_take(&usage, &limits, 1, 1), 0);
	assert_int_equal(evidence_usage_take(&usage, &limits, 1, 1), -EDQUOT);
	assert_int_equal(evidence_usage_take(&usage, &limits, 2, 1), 0);
	evidence_usage_give(&usage, 1, 1);
	assert_int_equal(evidence_usage_take(&usage, &limits, 1, 1), 0);
}

static void make_file(int dir_fd, const char *name)
{
	char block[BLOCK] = { 1 };
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, block, sizeof(block)), BLOCK);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

/* What has another name counts for the sum only. */
static void what_is_there_counts(UNUSED void **state)
{
	static const char *const names[] = {
		"unstable-7-0-1.json", "lost-7-12-2.json", "other", ".x-7-1-1",
	};
	char dir[] = "/tmp/pinfs-evidence-XXXXXX";
	int fd;

	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		make_file(fd, names[i]);
	assert_int_equal(evidence_usage_take(&usage, &limits, 9, 1), 0);
	/* From anew. */
	assert_int_equal(evidence_usage_scan(&usage, fd), 0);
	assert_int_equal(usage.bytes, 4 * BLOCK);
	assert_int_equal(evidence_usage_take(&usage, &limits, 7, 1), -EDQUOT);
	assert_int_equal(evidence_usage_take(&usage, &limits, 9, 1), 0);
	assert_int_equal(evidence_usage_take(&usage, &limits, 8, 1), -EDQUOT);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(unlinkat(fd, names[i], 0), 0);
	close(fd);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
#define USAGE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		USAGE_TEST(bytes_are_limited),
		USAGE_TEST(files_about_a_file_are_limited),
		USAGE_TEST(what_is_there_counts),
	};

	return cmocka_run_group_tests_name("evidenceusage", tests, NULL, NULL);
}
