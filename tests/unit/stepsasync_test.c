/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps whose end is a completion read what pread would. Where the kernel
 * gives no context the answer says so, and there is nothing more to see.
 */
#include <fnmatch.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include <cmocka.h>

#include "client/steps.h"
#include "common/compiler.h"

#include "steps-bench.h"

static void read_all(const char *verb)
{
	static const struct {
		const char *words;
		const char *pattern;
	} rows[] = {
		{ "fd=t off=12k len=4096 into=b at=4096",
		  "* ok ret=4096 *" },
		{ "fd=t off=1m len=1 into=b", "* ok ret=0 *" },
		{ "fd=w len=1 into=b", "* fail errno=EBADF *" },
		/* Nothing is waited for that is not to be. */
		{ "fd=p.r len=1 into=b", "* fail errno=*" },
		{ "fd=t len=1 into=b at=8k", "* bad *inside*" },
		{ "fd=t len=1 into=b now", "* bad *'now'*" },
	};
	char line[128], answer[ANSWER];
	struct bench bench;

	make_bench(&bench, false);
	bench_expect(&bench, "create fd=t path=t", "* ok *");
	bench_expect(&bench, "open fd=w path=t mode=w", "* ok *");
	bench_expect(&bench, "pipe fd=p nonblock", "* ok *");
	bench_expect(&bench, "anon mem=b len=8192", "* ok *");
	bench_expect(&bench, "store mem=b len=8192 gen=9", "* ok *");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(line, sizeof(line), "%s %s", verb, rows[i].words);
		bench_ask(&bench, line, answer);
		if (strstr(answer, " refused="))
			skip_bench(&bench);
		if (fnmatch(rows[i].pattern, answer, 0) != 0)
			fail_msg("'%s' gave '%s'", line, answer);
	}
	bench_expect(&bench, "check mem=b off=4096 len=4096 gen=1 file=t "
	       "file-off=12k", "* ok ret=0 *");
	bench_expect(&bench, "check mem=b len=4096 gen=9", "* ok ret=0 *");
	end_bench(&bench);
}

static void by_linux_aio(void **state UNUSED)
{
	read_all("aio-read");
}

static void by_io_uring(void **state UNUSED)
{
	read_all("uring-read");
}

static void by_io_uring_with_a_registered_buffer(void **state UNUSED)
{
	read_all("uring-fixed");
}

/*
 * Is this errno the kernel's for memory that it does not pin for long? EFAULT
 * since 6.5 (mm/gup.c: check_vma_flags()), EOPNOTSUPP before.
 */
static bool is_refusal(const char *answer)
{
	return strstr(answer, " errno=EFAULT ") ||
	       strstr(answer, " errno=EOPNOTSUPP ");
}

/* Before anything is read, and without the word of a step that cannot run. */
static void a_mapping_of_a_file_is_not_registered(void **state UNUSED)
{
	char answer[ANSWER];
	struct statfs fs;
	struct bench bench;

	make_bench(&bench, false);
	/* Without writeback there is nothing that a pin could disturb. */
	if (statfs(".", &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		skip_bench(&bench);
	bench_expect(&bench, "create fd=t path=t", "* ok *");
	bench_expect(&bench, "create fd=s path=s gen=2", "* ok *");
	bench_expect(&bench, "map mem=m fd=t len=8192", "* ok *");
	bench_ask(&bench, "uring-fixed fd=s len=4096 into=m", answer);
	if (strstr(answer, " refused="))
		skip_bench(&bench);
	if (!is_refusal(answer))
		fail_msg("it gave '%s'", answer);
	bench_expect(&bench, "check mem=m len=8192 gen=1", "* ok ret=0 *");
	end_bench(&bench);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_linux_aio),
		cmocka_unit_test(by_io_uring),
		cmocka_unit_test(by_io_uring_with_a_registered_buffer),
		cmocka_unit_test(a_mapping_of_a_file_is_not_registered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
