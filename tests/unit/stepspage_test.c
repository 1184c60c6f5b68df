/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that make memory of other kinds and make something happen to its
 * pages, on ordinary files and memory: what must be the same afterwards, and
 * what must not. Frames are for root to see.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/compiler.h"

#include "steps-bench.h"

struct row {
	const char *line;
	const char *pattern;
};

static void expect_rows(struct bench *bench, const struct row *rows,
			size_t nrows)
{
	for (size_t i = 0; i < nrows; i++)
		bench_expect(bench, rows[i].line, rows[i].pattern);
}

static void expect_all(const struct row *rows, size_t nrows)
{
	struct bench bench;

	make_bench(&bench, false);
	expect_rows(&bench, rows, nrows);
	end_bench(&bench);
}

/* Hidden numbers of frames: then there is nothing to compare. */
static void need_frames(struct bench *bench, const char *line)
{
	char answer[ANSWER];

	bench_ask(bench, line, answer);
	if (strstr(answer, " fail errno=EPERM")) {
		end_bench(bench);
		skip();
	}
	assert_non_null(strstr(answer, " frame=0x"));
}

static void a_hole_is_zeros_and_keeps_the_size(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "create fd=t path=t size=16k", "* ok *" },
		{ "punch fd=t off=4096 len=4096", "* punch ok ret=0 *" },
		{ "check fd=t len=4096 gen=1", "* ok ret=0 *" },
		/* Half of the content's bytes are zeros anyway. */
		{ "check fd=t off=4096 len=4096 gen=1",
		  "* ok ret=2048 * found=zeros" },
		{ "check fd=t off=8192 len=8192 gen=1", "* ok ret=0 *" },
		{ "punch fd=t off=12k len=1m", "* punch ok ret=0 *" },
		{ "read fd=t off=12k len=8192", "* ok ret=4096 *" },
		{ "punch fd=t off=0 len=0", "* fail errno=EINVAL *" },
		{ "open fd=r path=t mode=r", "* ok *" },
		{ "punch fd=r len=4096", "* fail errno=EBADF *" },
	};

	expect_all(rows, ARRAY_SIZE(rows));
}

static void advice_and_protection(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "create fd=t path=t", "* ok *" },
		{ "map mem=m fd=t len=64k", "* ok *" },
		{ "store mem=m len=64k gen=2", "* ok *" },
		/* A file's page only leaves the page table. */
		{ "madvise mem=m advice=dontneed", "* madvise ok ret=0 *" },
		{ "pageflags mem=m", "* fail errno=E*" },
		{ "cached mem=m len=64k", "* cached ok ret=16 *" },
		{ "check mem=m len=64k gen=2", "* ok ret=0 *" },
		{ "madvise mem=m off=4096 len=4096 advice=pageout",
		  "* ok ret=0 *" },
		{ "check mem=m len=64k gen=2", "* ok ret=0 *" },
		{ "madvise mem=m off=4096 len=4096 advice=remove",
		  "* ok ret=0 *" },
		{ "check mem=m off=4096 len=4096 gen=2", "* found=zeros" },
		{ "check mem=m off=8192 len=4096 gen=2", "* ok ret=0 *" },
		{ "madvise mem=m off=1 len=1 advice=cold",
		  "* fail errno=EINVAL *" },
		{ "madvise mem=m advice=x", "* bad *advice=x*" },
		{ "madvise mem=m off=65k advice=cold", "* bad *inside*" },
		{ "madvise mem=x advice=cold", "* bad *no memory 'x'*" },
		/* Private memory is zeros again. */
		{ "anon mem=b len=8192", "* ok *" },
		{ "store mem=b len=8192 gen=3", "* ok *" },
		{ "madvise mem=b off=4096 advice=dontneed", "* ok ret=0 *" },
		{ "check mem=b len=4096 gen=3", "* ok ret=0 *" },
		{ "check mem=b off=4096 len=4096 gen=3", "* found=zeros" },
		{ "mprotect mem=b mode=r", "* mprotect ok ret=0 *" },
		{ "store mem=b len=8 gen=4", "* errno=EFAULT *SIGSEGV" },
		{ "mprotect mem=b off=4096 len=4096 mode=rw", "* ok ret=0 *" },
		{ "store mem=b len=8 gen=4", "* errno=EFAULT *SIGSEGV" },
		{ "store mem=b off=4096 len=8 gen=4", "* ok ret=8 *" },
		{ "mprotect mem=b mode=w", "* bad *mode=w*" },
	};

	expect_all(rows, ARRAY_SIZE(rows));
}

/* Its pages are in no other place than the cache, and never clean. */
static bool is_tmpfs(void)
{
	struct statfs fs;

	assert_int_equal(statfs(".", &fs), 0);
	return fs.f_type == TMPFS_MAGIC;
}

/* Pages that are clean and that nobody has mapped, and only those. */
static void drop_caches_drops_clean_pages(void **state UNUSED)
{
	static const struct row before[] = {
		{ "create fd=t path=t", "* ok *" },
		{ "fsync fd=t", "* ok *" },
		{ "memfd mem=f fd=f len=64k", "* ok *" },
		{ "store mem=f len=64k gen=2", "* ok *" },
	};
	static const struct row after[] = {
		{ "map mem=m fd=t len=64k", "* ok *" },
		{ "cached mem=m len=64k", "* ok ret=0 *" },
		{ "check mem=m len=64k gen=1", "* ok ret=0 *" },
		{ "cached mem=m len=64k", "* ok ret=16 *" },
		{ "check mem=f len=64k gen=2", "* ok ret=0 *" },
	};
	struct bench bench;
	char answer[ANSWER];

	make_bench(&bench, false);
	expect_rows(&bench, before, ARRAY_SIZE(before));
	bench_ask(&bench, "drop-caches", answer);
	if (is_tmpfs() || strstr(answer, " fail errno=EACCES") ||
	    strstr(answer, " fail errno=EROFS")) {
		end_bench(&bench);
		skip();
	}
	assert_non_null(strstr(answer, " drop-caches ok ret=0 "));
	expect_rows(&bench, after, ARRAY_SIZE(after));
	end_bench(&bench);
}

static void a_memfd_is_its_mapping_and_its_descriptor(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "memfd mem=m fd=f len=8192", "* memfd ok ret=*" },
		{ "store mem=m len=8192 gen=2", "* ok *" },
		{ "check fd=f len=8192 gen=2", "* ok ret=0 *" },
		{ "write fd=f off=4096 len=4096 gen=3", "* ok *" },
		{ "check mem=m off=4096 len=4096 gen=3", "* ok ret=0 *" },
		{ "memfd mem=m fd=g len=8192", "* bad *mapped already*" },
		{ "memfd mem=n fd=f len=8192", "* bad *open already*" },
		{ "memfd mem=n fd=g len=8192 huge=x", "* bad *huge=x*" },
		{ "memfd mem=n fd=g len=8192 align=12k", "* bad *power*" },
		{ "anon mem=n len=8192 align=0", "* bad *power*" },
		{ "anon mem=n len=8192 align=2m huge=thp", "* bad *without*" },
		/* Neither name was taken. */
		{ "memfd mem=n fd=g len=8192", "* ok *" },
		{ "anon mem=a len=8192 shared", "* anon ok ret=0 *" },
		{ "store mem=a len=8192 gen=2", "* ok *" },
		/* The child's byte is this process's, too. */
		{ "fork-touch mem=a off=4096 len=1", "* fork-touch ok *" },
		{ "check mem=a len=4096 gen=2", "* ok ret=0 *" },
		{ "check mem=a off=4096 len=4096 gen=2", "* ok ret=1 *" },
	};

	expect_all(rows, ARRAY_SIZE(rows));
}

static unsigned int count_answer(const char *answer, const char *word)
{
	return strstr(answer, word) != NULL;
}

/* Whether there are any is not ours to say; what is said must be true. */
static void huge_pages_are_what_the_answer_says(void **state UNUSED)
{
	static const char *const lines[] = {
		"anon mem=a len=1m huge=thp",
		"memfd mem=b fd=b len=1m huge=thp",
		"anon mem=c len=4096 huge=hugetlb",
		"memfd mem=d fd=d len=4096 huge=hugetlb",
	};
	struct bench bench;

	make_bench(&bench, false);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char answer[ANSWER], flags[ANSWER], line[ANSWER];
		bool thp, hugetlb;

		bench_ask(&bench, lines[i], answer);
		if (strstr(answer, " fail errno=")) {
			assert_true(strstr(answer, "=ENOMEM") ||
				    strstr(answer, "=EOPNOTSUPP"));
			continue;
		}
		thp = strstr(answer, " huge=thp");
		hugetlb = strstr(answer, " huge=hugetlb");
		assert_int_equal(hugetlb, count_answer(lines[i], "=hugetlb"));
		assert_true(thp || hugetlb || strstr(answer, " huge=no"));
		snprintf(line, sizeof(line), "pageflags mem=%c", 'a' + (int)i);
		bench_ask(&bench, line, flags);
		if (!strstr(flags, " flags="))
			continue;
		assert_int_equal(thp, count_answer(flags, "THP"));
		assert_int_equal(hugetlb, count_answer(flags, "HUGE"));
	}
	end_bench(&bench);
}

/*
 * The child wrote first, so the page is left to the parent; but not while another
 * CPU has it in a batch for the LRU lists: that is one more reference, and the
 * parent gets a copy (mm/memory.c:wp_can_reuse_anon_folio(), 6.18).
 */
static void expect_left_to_parent(struct bench *bench)
{
	char answer[ANSWER];

	for (int try = 0; try < 50; try++) {
		bench_expect(bench, "store mem=b len=8192 gen=5", "* ok *");
		bench_ask(bench, "fork-touch mem=b len=8192", answer);
		assert_int_equal(fnmatch("* ok ret=0 * child=other parent=*",
					 answer, 0), 0);
		if (fnmatch("* parent=same", answer, 0) == 0)
			return;
	}
	fail_msg("%s", answer);
}

static void a_private_page_is_the_childs_or_the_parents(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "check mem=b len=8192 gen=5", "* ok ret=0 *" },
		/* A page never written is nobody's yet: both get their own. */
		{ "anon mem=z len=4096", "* ok *" },
		{ "check mem=z len=4096 gen=1", "* found=zeros" },
		{ "fork-touch mem=z len=4096",
		  "* ok ret=0 * child=other parent=other" },
		/* Shared memory stays where it is. */
		{ "anon mem=s len=4096 shared", "* ok *" },
		{ "store mem=s len=4096 gen=5", "* ok *" },
		{ "fork-touch mem=s len=4096",
		  "* ok ret=0 * child=same parent=same" },
		{ "mprotect mem=b mode=r", "* ok *" },
		{ "fork-touch mem=b len=8192", "* fail errno=EFAULT *" },
	};
	struct bench bench;

	make_bench(&bench, false);
	bench_expect(&bench, "anon mem=b len=8192", "* ok *");
	bench_expect(&bench, "store mem=b len=8192 gen=5", "* ok *");
	need_frames(&bench, "pageframe mem=b");
	expect_left_to_parent(&bench);
	expect_rows(&bench, rows, ARRAY_SIZE(rows));
	end_bench(&bench);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void migrate_says_where_a_page_is(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "anon mem=b len=8192", "* ok *" },
		/* No page: ENOENT, or EFAULT up to 6.1. */
		{ "migrate mem=b", "* fail errno=E[NF]* *" },
		{ "store mem=b len=8192 gen=5", "* ok *" },
		{ "migrate mem=b off=4096", "* from=* to=* status=* moved=*" },
		{ "migrate mem=b node=0", "* to=0 status=* moved=*" },
		{ "migrate mem=b node=1000", "* fail errno=ENODEV *" },
		{ "migrate mem=b node=x", "* bad *node=x*" },
		{ "check mem=b len=8192 gen=5", "* ok ret=0 *" },
	};
	struct bench bench;
	char answer[ANSWER];

	make_bench(&bench, false);
	bench_ask(&bench, "anon mem=a len=4096", answer);
	bench_ask(&bench, "migrate mem=a", answer);
	if (strstr(answer, " fail errno=ENOSYS")) {
		end_bench(&bench);
		skip();
	}
	expect_rows(&bench, rows, ARRAY_SIZE(rows));
	end_bench(&bench);
}

/* Without a pin, the pages of a huge page move into another frame. */
static void collapse_moves_a_page(void **state UNUSED)
{
	struct bench bench;
	char before[ANSWER], after[ANSWER];

	make_bench(&bench, false);
	/* One huge page, if there are such of 2 MiB, and not aligned by luck. */
	bench_expect(&bench, "anon mem=a len=4096", "* ok *");
	bench_expect(&bench, "anon mem=b len=2044k align=2m", "* ok *");
	bench_expect(&bench, "munmap mem=b", "* ok *");
	bench_expect(&bench, "anon mem=b len=2m align=2m", "* ok *");
	bench_expect(&bench, "madvise mem=b advice=nohugepage", "* ok *");
	bench_expect(&bench, "store mem=b len=2m gen=5", "* ok *");
	bench_expect(&bench, "madvise mem=b advice=hugepage", "* ok *");
	need_frames(&bench, "pageframe mem=b off=8192");
	bench_ask(&bench, "pageframe mem=b off=8192", before);
	bench_ask(&bench, "madvise mem=b advice=collapse", after);
	if (strstr(after, " fail errno=")) {
		end_bench(&bench);
		skip();
	}
	bench_ask(&bench, "pageframe mem=b off=8192", after);
	assert_string_not_equal(strstr(before, " frame="),
				strstr(after, " frame="));
	bench_expect(&bench, "check mem=b len=2m gen=5", "* ok ret=0 *");
	end_bench(&bench);
}

static void exit_ends_the_client_without_an_answer(void **state UNUSED)
{
	struct bench bench;
	char answer[ANSWER];
	int status = 0;
	pid_t pid;

	make_bench(&bench, false);
	bench_expect(&bench, "exit status=256", "* bad *status=256*");
	pid = fork();
	if (pid == 0) {
		(void)!steps_line(bench.steps, "exit status=3", 13);
		_exit(99);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	assert_false(next_answer(&bench, answer));
	end_bench(&bench);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hole_is_zeros_and_keeps_the_size),
		cmocka_unit_test(advice_and_protection),
		cmocka_unit_test(drop_caches_drops_clean_pages),
		cmocka_unit_test(a_memfd_is_its_mapping_and_its_descriptor),
		cmocka_unit_test(huge_pages_are_what_the_answer_says),
		cmocka_unit_test(a_private_page_is_the_childs_or_the_parents),
		cmocka_unit_test(migrate_says_where_a_page_is),
		cmocka_unit_test(collapse_moves_a_page),
		cmocka_unit_test(exit_ends_the_client_without_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
