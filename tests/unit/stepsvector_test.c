/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that take several parts of memory, and those that write into memory
 * from outside. What the kernel refuses says so, and is not looked at further.
 */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "client/steps.h"
#include "common/compiler.h"

#include "steps-bench.h"

struct row {
	const char *line;
	const char *pattern;
};

/* Until one says refused=. Return: none has. */
static bool expect_all(struct bench *bench, const struct row *rows,
		       size_t nrows)
{
	for (size_t i = 0; i < nrows; i++) {
		const char *line = rows[i].line;
		char answer[ANSWER];

		assert_int_equal(steps_line(bench->steps, line, strlen(line)),
				 0);
		assert_true(next_answer(bench, answer));
		if (strstr(answer, " refused=")) {
			assert_non_null(strstr(answer, " fail errno=E"));
			return false;
		}
		if (fnmatch(rows[i].pattern, answer, 0) != 0)
			fail_msg("'%s' gave '%s'", line, answer);
	}
	return true;
}

/* Files and memory of two pages each, and then the rows. */
static void run(const struct row *rows, size_t nrows)
{
	static const struct row first[] = {
		{ "create fd=t path=t size=8192", "* ok *" },
		{ "create fd=s path=s size=64k gen=5", "* ok *" },
		{ "open fd=r path=s mode=r", "* ok *" },
		{ "open fd=w path=s mode=w", "* ok *" },
		{ "map mem=m fd=t len=8192", "* ok *" },
		{ "map mem=r fd=s len=8192 mode=r", "* ok *" },
		{ "anon mem=b len=8192", "* ok *" },
		{ "store mem=b len=8192 gen=9", "* ok *" },
	};
	struct bench bench;
	bool complete;

	make_bench(&bench, false);
	assert_true(expect_all(&bench, first, ARRAY_SIZE(first)));
	complete = expect_all(&bench, rows, nrows);
	end_bench(&bench);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	if (!complete)
		skip();
}

static void several_parts(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "preadv fd=r off=12k segments=b:4096:4096,m:0:4096",
		  "* ok ret=8192 *" },
		{ "check mem=b off=4096 len=4096 gen=5 file=s file-off=12k",
		  "* ok ret=0 *" },
		{ "check fd=t len=4096 gen=5 file=s file-off=16k",
		  "* ok ret=0 *" },
		/* What stands beside the parts is as before. */
		{ "check mem=b len=4096 gen=9", "* ok ret=0 *" },
		{ "check fd=t off=4096 len=4096 gen=1", "* ok ret=0 *" },
		{ "preadv fd=r segments=m:100:7,m:4095:2,b:0:1",
		  "* ok ret=10 *" },
		{ "preadv fd=r off=64k segments=b:0:1", "* ok ret=0 *" },
		{ "preadv fd=w segments=b:0:1", "* fail errno=EBADF *" },
		{ "preadv fd=r segments=b:0:1,r:0:1", "* ok ret=1 *" },
		{ "store mem=b off=4096 len=4096 gen=8 file=t file-off=0",
		  "* ok *" },
		{ "pwritev fd=t segments=b:4096:4096,b:0:4096",
		  "* ok ret=8192 *" },
		{ "check fd=t len=4096 gen=8", "* ok ret=0 *" },
		{ "pwritev fd=r segments=b:0:1", "* fail errno=EBADF *" },
	};

	run(rows, ARRAY_SIZE(rows));
}

static void bad_parts(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "preadv fd=r", "* bad *segments= is missing*" },
		{ "preadv fd=r segments=", "* bad *segments= is empty*" },
		{ "preadv fd=r segments=b", "* bad *NAME:AT:LEN*" },
		{ "preadv fd=r segments=b:0", "* bad *NAME:AT:LEN*" },
		{ "preadv fd=r segments=:0:1", "* bad *NAME:AT:LEN*" },
		{ "preadv fd=r segments=b::1", "* bad *NAME:AT:LEN*" },
		{ "preadv fd=r segments=b:0:", "* bad *NAME:AT:LEN*" },
		{ "preadv fd=r segments=b:x:1", "* bad *NAME:AT:LEN*" },
		{ "preadv fd=r segments=b:0:1,", "* bad *NAME:AT:LEN*" },
		{ "preadv fd=r segments=,b:0:1", "* bad *NAME:AT:LEN*" },
		{ "preadv fd=r segments=b:0:0", "* bad *from 1*" },
		{ "preadv fd=r segments=b:0:2g", "* bad *from 1*" },
		{ "preadv fd=r segments=c:0:1", "* bad *no memory 'c'*" },
		{ "preadv fd=r segments=b:8k:1", "* bad *inside of 'b'*" },
		{ "preadv fd=r segments=b:0:1,b:1:8k", "* bad *inside*" },
		{ "preadv fd=r segments=b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,"
		  "b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,"
		  "b:0:1", "* ok ret=16 *" },
		{ "preadv fd=r segments=b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,"
		  "b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,b:0:1,"
		  "b:0:1,b:0:1", "* bad *more than 16*" },
	};

	run(rows, ARRAY_SIZE(rows));
}

static void cached_pages(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "fsync fd=s", "* ok *" },
		{ "dontneed fd=s", "* ok ret=0 *" },
		{ "dontneed fd=s off=4096 len=4096", "* ok ret=0 *" },
		{ "pipe fd=p", "* ok *" },
		{ "dontneed fd=p.r", "* fail errno=ESPIPE *" },
	};

	run(rows, ARRAY_SIZE(rows));
}

static void by_process_vm_writev(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "vm-writev into=m at=4096 segments=r:4096:2048,b:0:2048",
		  "* ok ret=4096 *" },
		{ "check fd=t off=4096 len=2048 gen=5 file=s", "* ok ret=0 *" },
		{ "check fd=t off=6144 len=2048 gen=9 file=b file-off=0",
		  "* ok ret=0 *" },
		{ "check fd=t len=4096 gen=1", "* ok ret=0 *" },
		{ "vm-writev into=m at=4097 segments=b:0:4096",
		  "* bad *inside of 'm'*" },
		{ "vm-writev into=r segments=b:0:1", "* fail errno=EFAULT *" },
	};

	run(rows, ARRAY_SIZE(rows));
}

static void by_proc_mem(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "proc-mem into=m at=4096 len=4096 gen=3", "* ok ret=4096 *" },
		{ "check fd=t off=4096 len=4096 gen=3 writer=w",
		  "* ok ret=0 *" },
		{ "check fd=t len=4096 gen=1", "* ok ret=0 *" },
		{ "proc-mem into=m len=8 gen=3 file=s file-off=4096 writer=z",
		  "* ok ret=8 *" },
		{ "check fd=t len=8 gen=3 file=s file-off=4096 writer=z",
		  "* ok ret=0 *" },
		{ "proc-mem into=m at=8k len=1 gen=3", "* bad *inside*" },
		{ "proc-mem into=m len=1", "* bad *gen= is missing*" },
		/* A shared mapping that may not be written is not forced. */
		{ "proc-mem into=r len=8 gen=3", "* fail errno=EIO *" },
	};

	run(rows, ARRAY_SIZE(rows));
}

static void by_ptrace(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "ptrace-poke into=m at=4096 len=4096 gen=3",
		  "* ok ret=4096 *" },
		{ "check fd=t off=4096 len=4096 gen=3 writer=w",
		  "* ok ret=0 *" },
		{ "check fd=t len=4096 gen=1", "* ok ret=0 *" },
		{ "check mem=m off=4096 len=4096 gen=3", "* ok ret=0 *" },
		/* What is not shared is the child's own. */
		{ "ptrace-poke into=b len=8192 gen=3", "* ok ret=8192 *" },
		{ "check mem=b len=8192 gen=9", "* ok ret=0 *" },
		{ "ptrace-poke into=m at=4 len=8 gen=3", "* bad *multiples*" },
		{ "ptrace-poke into=m len=12 gen=3", "* bad *multiples*" },
		{ "ptrace-poke into=m at=8k len=8 gen=3", "* bad *inside*" },
		{ "ptrace-poke into=r len=8 gen=3", "* fail errno=EIO *" },
	};

	run(rows, ARRAY_SIZE(rows));
}

static void by_af_alg(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "af-alg segments=b:0:64k gen=3", "* bad *inside*" },
		{ "af-alg segments=b:0:8 gen=3 x", "* bad *'x'*" },
		{ "anon mem=big len=1m", "* ok *" },
		{ "af-alg segments=big:0:65537 gen=3", "* bad *65536 bytes*" },
		{ "af-alg segments=m:4096:4096,b:0:4096 gen=3",
		  "* ok ret=8192 *" },
		{ "check fd=t off=4096 len=4096 gen=3 writer=w",
		  "* ok ret=0 *" },
		{ "check mem=b len=4096 gen=3 file=t file-off=8192",
		  "* ok ret=0 *" },
		{ "check fd=t len=4096 gen=1", "* ok ret=0 *" },
		{ "check mem=b off=4096 len=4096 gen=9", "* ok ret=0 *" },
		{ "af-alg segments=big:0:64k gen=3", "* ok ret=65536 *" },
		{ "check mem=big len=64k gen=3", "* ok ret=0 *" },
		{ "af-alg segments=r:0:4096 gen=3", "* fail errno=EFAULT *" },
	};

	run(rows, ARRAY_SIZE(rows));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_parts),
		cmocka_unit_test(bad_parts),
		cmocka_unit_test(cached_pages),
		cmocka_unit_test(by_process_vm_writev),
		cmocka_unit_test(by_proc_mem),
		cmocka_unit_test(by_ptrace),
		cmocka_unit_test(by_af_alg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
