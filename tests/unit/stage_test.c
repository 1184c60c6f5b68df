/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which stages there are, and what is found to make them of. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/stage-internal.h"
#include "common/compiler.h"
#include "common/tool.h"

#include <cmocka.h>	/* last: its macros take common names */

static void kinds(UNUSED void **state)
{
	static const char *const names[] = { "bdev", "ext4", "xfs", "btrfs",
					     "btrfs-raid1" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct stage_kind *kind = stage_kind(names[i]);

		assert_non_null(kind);
		assert_string_equal(kind->name, names[i]);
		assert_true(kind->image_bytes >= STAGE_BYTES);
		/* A filesystem and its program come together; NULL ends. */
		assert_true(!kind->type == !kind->mkfs[0]);
		assert_null(kind->mkfs[STAGE_ARGS - 1]);
	}
	assert_null(stage_kind("ext5"));
	assert_null(stage_kind(""));
}

static void lacks(UNUSED void **state)
{
	char why[STAGE_WHY_SIZE] = "";

	assert_int_equal(stage_lack("ext5", why), -EOPNOTSUPP);
	assert_string_equal(why, "no stage is of the kind 'ext5'");
}

static void lack_of_root(UNUSED void **state)
{
	char why[STAGE_WHY_SIZE] = "";

	if (geteuid() == 0)
		skip();
	assert_int_equal(stage_lack("bdev", why), -EOPNOTSUPP);
	assert_string_equal(why, "a loop device needs root");
}

static void programs(UNUSED void **state)
{
	char path[PATH_MAX];

	assert_int_equal(setenv("PATH", "/nowhere::/usr/bin:/bin", 1), 0);
	assert_true(tool_find("sh", path));
	assert_true(!strcmp(path, "/usr/bin/sh") || !strcmp(path, "/bin/sh"));
	assert_false(tool_find("no-such-program", path));
	/* An empty entry is no directory, least of all the current one. */
	assert_int_equal(chdir("/bin"), 0);
	assert_int_equal(setenv("PATH", ":", 1), 0);
	assert_false(tool_find("sh", path));
	assert_int_equal(unsetenv("PATH"), 0);
	assert_false(tool_find("sh", path));
}

static void failures(UNUSED void **state)
{
	struct stage_report report = { 0 };

	assert_int_equal(stage_fail(&report, -EIO, "%s: %d", "one", 2), -EIO);
	assert_int_equal(report.err, -EIO);
	assert_string_equal(report.why, "one: 2");
	/* Many words are cut off. */
	stage_fail(&report, -ENODEV, "%300s", "x");
	assert_int_equal(report.err, -ENODEV);
	assert_int_equal(strlen(report.why), STAGE_WHY_SIZE - 1);
}

static void types(UNUSED void **state)
{
	int err = stage_probe_type("no-such-filesystem");

	/* Not for users, and not in old kernels or strict sandboxes. */
	if (err == -EPERM || err == -ENOSYS)
		skip();
	assert_int_equal(err, -ENODEV);
	assert_int_equal(stage_probe_type("proc"), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(lacks),
		cmocka_unit_test(lack_of_root),
		cmocka_unit_test(programs),
		cmocka_unit_test(failures),
		cmocka_unit_test(types),
	};

	return cmocka_run_group_tests_name("stage", tests, NULL, NULL);
}
