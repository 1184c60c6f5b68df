/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's sysctls mean for holds, with sysctls of the test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fdio.h"
#include "daemon/config.h"
#include "daemon/fs.h"
#include "daemon/limits.h"

#include <cmocka.h>	/* last: its macros take common names */

#define SEC CLOCK_NS_PER_SEC

static char root[] = "/tmp/pinfs-limits-XXXXXX";

static const char *const names[] = {
	"fs/fuse/default_request_timeout", "fs/fuse/max_request_timeout",
	"kernel/hung_task_timeout_secs", "kernel/hung_task_panic",
};

static void path_of(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", root, name);
}

/* NULL: this kernel has none. */
static void set_sysctl(const char *name, const char *value)
{
	char line[32];
	char path[128];

	path_of(name, path);
	unlink(path);
	if (!value)
		return;

	FILE *file = fopen(path, "w");

	assert_non_null(file);
	snprintf(line, sizeof(line), "%s\n", value);
	assert_true(fputs(line, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void set_sysctls(const char *const values[ARRAY_SIZE(names)])
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		set_sysctl(names[i], values[i]);
}

static int make_root(UNUSED void **state)
{
	static const char *const dirs[] = { "fs", "fs/fuse", "kernel" };
	char path[128];

	if (!mkdtemp(root))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		path_of(dirs[i], path);
		if (mkdir(path, 0700))
			return -1;
	}
	return 0;
}

static int remove_root(UNUSED void **state)
{
	static const char *const dirs[] = { "fs/fuse", "fs", "kernel" };
	char path[128];

	set_sysctls((const char *const[ARRAY_SIZE(names)]){ NULL });
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		path_of(dirs[i], path);
		rmdir(path);
	}
	return rmdir(root);
}

/* A mount that has just begun. */
static void begin(struct fs *fs, struct config *config, uint64_t hold_max_ns)
{
	memset(fs, 0, sizeof(*fs));
	memset(config, 0, sizeof(*config));
	config->hold_max_ns = hold_max_ns;
	fs->config = config;
	limits_init(&fs->limits);
	fs->limits.proc_sys = root;
	limits_take(fs);
}

struct mount_case {
	const char *sysctls[ARRAY_SIZE(names)];
	uint64_t hold_max_s;
	uint64_t timeout_s;		/* of the connection */
	uint64_t safe_ms;		/* the longest hold */
};

static const struct mount_case mounts[] = {
	/* A kernel without any of them. */
	{ { NULL, NULL, NULL, NULL }, 300, 0, 300000 },
	/* All off. */
	{ { "0", "0", "0", "0" }, 300, 0, 300000 },
	/* The default alone; the margin is 5 s at most. */
	{ { "60", "0", "120", "0" }, 300, 60, 55000 },
	/* The maximum alone is a default, too. */
	{ { "0", "40", "120", "0" }, 300, 40, 35000 },
	/* And it limits the default. */
	{ { "60", "40", "120", "0" }, 300, 40, 35000 },
	{ { "40", "60", "120", "0" }, 300, 40, 35000 },
	/* Less than the kernel looks is as often as it looks. */
	{ { "3", "0", "120", "0" }, 300, 15, 11250 },
	/* A short hold_max= is not cut. */
	{ { "60", "0", "120", "0" }, 30, 60, 30000 },
	/* The detector alone cuts nothing, */
	{ { "0", "0", "20", "0" }, 300, 0, 300000 },
	/* with a panic it does; a number of tasks, in later kernels. */
	{ { "0", "0", "20", "1" }, 300, 0, 15000 },
	{ { "0", "0", "20", "5" }, 300, 0, 15000 },
	/* Not when it is off. */
	{ { "0", "0", "0", "1" }, 300, 0, 300000 },
	/* The shorter of both. */
	{ { "60", "0", "20", "1" }, 300, 60, 15000 },
	{ { "16", "0", "120", "1" }, 300, 16, 12000 },
	/* No number. */
	{ { "x", "", "-1", "0" }, 300, 0, 300000 },
};

static void a_mounts_limits(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		const struct mount_case *it = &mounts[i];
		struct config config;
		struct fs fs;

		set_sysctls(it->sysctls);
		begin(&fs, &config, it->hold_max_s * SEC);
		if (fs.limits.request_timeout_ns != it->timeout_s * SEC ||
		    limits_hold_max_ns(&fs) != it->safe_ms * CLOCK_NS_PER_MS)
			fail_msg("row %zu: timeout %llu, safe %llu", i,
				 (unsigned long long)
				 fs.limits.request_timeout_ns,
				 (unsigned long long)limits_hold_max_ns(&fs));
	}
}

/* What both gates hold together is counted from the arrival. */
static void a_life_is_cut(UNUSED void **state)
{
	struct config config;
	struct fs fs;

	set_sysctls((const char *const[]){ "20", "0", "120", "0" });
	begin(&fs, &config, 30 * SEC);
	assert_int_equal(limits_cut(&fs, 100 * SEC, 103 * SEC), 103 * SEC);
	assert_int_equal(limits_cut(&fs, 100 * SEC, 130 * SEC), 115 * SEC);
	assert_int_equal(limits_cut(&fs, 100 * SEC, CLOCK_NEVER), 115 * SEC);
	set_sysctls((const char *const[]){ "0", "0", "120", "0" });
	begin(&fs, &config, 30 * SEC);
	assert_int_equal(limits_cut(&fs, 100 * SEC, 999 * SEC), 999 * SEC);
}

struct hold_case {
	const char *at_mount[ARRAY_SIZE(names)];
	const char *now[ARRAY_SIZE(names)];
	uint64_t hold_max_s;
	uint64_t deadline_s;	/* 0: not given */
	int err;
	const char *says;	/* a part of it; "": nothing is said */
};

#define OFF { "0", "0", "120", "0" }
#define TWENTY { "20", "0", "120", "0" }

static const struct hold_case holds[] = {
	{ OFF, OFF, 30, 0, 0, "" },
	{ OFF, OFF, 30, 29, 0, "" },
	/* hold_max= makes a long deadline short. */
	{ OFF, OFF, 30, 600, 0, "" },
	/* The timeout is the mount's, not the sysctl's of now. */
	{ OFF, TWENTY, 30, 29, 0, "" },
	{ TWENTY, OFF, 30, 20, -ERANGE, "below the 20 s" },
	{ TWENTY, TWENTY, 10, 20, -ERANGE, "below the 20 s" },
	{ TWENTY, TWENTY, 30, 19, 0, "longer than 15 s" },
	{ TWENTY, TWENTY, 30, 15, 0, "" },
	/* Not asked for, and so no reason to refuse. */
	{ TWENTY, TWENTY, 30, 0, 0, "longer than 15 s" },
	{ TWENTY, TWENTY, 10, 0, 0, "" },
	/* The detector's is the sysctl's of now. */
	{ OFF, { "0", "0", "25", "0" }, 30, 0, 0, "25 s (kernel.hung_task_t" },
	{ OFF, { "0", "0", "25", "0" }, 30, 25, 0, "25 s (kernel.hung_task_t" },
	{ OFF, { "0", "0", "25", "0" }, 30, 24, 0, "" },
	{ OFF, { "0", "0", "0", "0" }, 300, 299, 0, "" },
	{ OFF, { "0", "0", "16", "1" }, 30, 13, 0, "panics" },
	{ OFF, { "0", "0", "16", "1" }, 30, 12, 0, "" },
};

static void a_hold_is_checked(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(holds); i++) {
		const struct hold_case *it = &holds[i];
		char message[256] = "old";
		struct config config;
		struct fs fs;
		int err;

		set_sysctls(it->at_mount);
		begin(&fs, &config, it->hold_max_s * SEC);
		set_sysctls(it->now);
		err = limits_check_hold(&fs, it->deadline_s * SEC, message,
					sizeof(message));
		if (err != it->err || !strstr(message, it->says) ||
		    !*it->says != !*message)
			fail_msg("row %zu: %d, '%s'", i, err, message);
	}
}

/* hung_task_panic, set after the mount was made, cuts from the next hold on. */
static void a_check_moves_the_cut(UNUSED void **state)
{
	char message[256];
	struct config config;
	struct fs fs;

	set_sysctls((const char *const[])OFF);
	begin(&fs, &config, 30 * SEC);
	set_sysctls((const char *const[]){ "0", "0", "16", "1" });
	assert_int_equal(limits_cut(&fs, 0, 30 * SEC), 30 * SEC);
	assert_int_equal(limits_check_hold(&fs, 0, message, sizeof(message)),
			 0);
	assert_int_equal(limits_cut(&fs, 0, 30 * SEC), 12 * SEC);
	set_sysctls((const char *const[])OFF);
	assert_int_equal(limits_check_hold(&fs, 0, message, sizeof(message)),
			 0);
	assert_int_equal(limits_cut(&fs, 0, 30 * SEC), 30 * SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mounts_limits),
		cmocka_unit_test(a_life_is_cut),
		cmocka_unit_test(a_hold_is_checked),
		cmocka_unit_test(a_check_moves_the_cut),
	};

	return cmocka_run_group_tests_name("limits", tests, make_root,
					   remove_root);
}
