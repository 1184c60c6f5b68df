/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is registered with somebody who keeps it: a socket that receives
 * into it, and the kernel's own holder of pins. Where they cannot be had the
 * answer says so, and there is nothing more to see.
 */
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include <cmocka.h>

#include "client/steps.h"
#include "common/compiler.h"

#include "steps-bench.h"

/* Only what is never written back is registered everywhere. */
static const char shared[] = "/dev/shm";

static bool is_tmpfs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/* Four pages of generation 1 in "m", the first of all steps that can fail. */
static void make(struct bench *bench, const char *line)
{
	char answer[ANSWER], path[64];

	if (!is_tmpfs(shared))
		skip();
	make_bench(bench, false);
	snprintf(path, sizeof(path), "create fd=t path=%s/%s size=16k file=t",
		 shared, strrchr(bench->dir, '/') + 1);
	bench_expect(bench, path, "* ok *");
	snprintf(path, sizeof(path), "unlink path=%s/%s", shared,
		 strrchr(bench->dir, '/') + 1);
	bench_expect(bench, path, "* ok *");
	bench_expect(bench, "map mem=m fd=t len=16k", "* ok *");
	bench_expect(bench, "anon mem=b len=8192", "* ok *");
	bench_ask(bench, line, answer);
	if (strstr(answer, " refused=") && !strstr(answer, " errno=EINVAL ") &&
	    !strstr(answer, " errno=EEXIST "))
		skip_bench(bench);
	if (fnmatch("* ok ret=0 *", answer, 0) != 0)
		fail_msg("'%s' gave '%s'", line, answer);
}

static void packets_fill_a_page(void **state UNUSED)
{
	struct bench bench;

	make(&bench, "xdp-umem fd=x into=m at=4k len=4k gen=7 file=t");
	bench_expect(&bench, "check mem=m len=16k gen=1 file=t", "* ret=0 *");
	bench_expect(&bench, "xdp-store fd=x", "* ok ret=4096 *");
	bench_expect(&bench, "check fd=t off=4k len=4k gen=7 writer=s file=t",
		     "* ok ret=0 *");
	bench_expect(&bench, "check mem=m len=4k gen=1 file=t", "* ret=0 *");
	bench_expect(&bench, "check mem=m off=8k len=8k gen=1 file=t",
		     "* ok ret=0 *");
	bench_expect(&bench, "close fd=x", "* ok *");
	bench_expect(&bench, "munmap mem=x", "* ok *");
	end_bench(&bench);
}

/* From one page into others, in several packets. */
static void packets_fill_any_part(void **state UNUSED)
{
	struct bench bench;

	make(&bench, "xdp-umem fd=x into=m at=100 len=9001 gen=7 file=t");
	bench_expect(&bench, "xdp-umem fd=y into=m at=16370 len=14 gen=8 "
		     "file=t", "* ok *");
	bench_expect(&bench, "xdp-store fd=x", "* ok ret=9001 *");
	bench_expect(&bench, "xdp-store fd=y", "* ok ret=14 *");
	bench_expect(&bench, "check mem=m off=100 len=9001 gen=7 file=t",
		     "* ok ret=0 *");
	bench_expect(&bench, "check mem=m len=100 gen=1 file=t", "* ret=0 *");
	bench_expect(&bench, "check mem=m off=9101 len=7269 gen=1 file=t",
		     "* ok ret=0 *");
	bench_expect(&bench, "check mem=m off=16370 len=14 gen=8 file=t",
		     "* ok ret=0 *");
	end_bench(&bench);
}

/* Which has a page before it for a moment only, so there is one again. */
static void packets_fill_private_memory(void **state UNUSED)
{
	struct bench bench;

	make(&bench, "xdp-umem fd=x into=b at=4k len=4k gen=7");
	bench_expect(&bench, "store mem=b len=8k gen=1", "* ok *");
	bench_expect(&bench, "xdp-store fd=x", "* ok ret=4096 *");
	bench_expect(&bench, "check mem=b off=4k len=4k gen=7", "* ret=0 *");
	bench_expect(&bench, "check mem=b len=4k gen=1", "* ret=0 *");
	bench_expect(&bench, "anon mem=c len=4k", "* ok *");
	bench_expect(&bench, "xdp-umem fd=y into=c at=10 len=2000 gen=7",
		     "* ok *");
	bench_expect(&bench, "xdp-store fd=y", "* ok ret=2000 *");
	bench_expect(&bench, "check mem=c off=10 len=2000 gen=7",
		     "* ok ret=0 *");
	bench_expect(&bench, "close fd=y", "* ok *");
	bench_expect(&bench, "munmap mem=y", "* ok *");
	bench_expect(&bench, "xdp-umem fd=y into=c len=4096 gen=8", "* ok *");
	bench_expect(&bench, "xdp-store fd=y", "* ok ret=4096 *");
	bench_expect(&bench, "check mem=c len=4096 gen=8", "* ok ret=0 *");
	/* No room behind, and no packet that would be waited for in vain. */
	bench_expect(&bench, "xdp-umem fd=z into=c at=4k len=14 gen=8",
		     "* bad *inside*");
	bench_expect(&bench, "xdp-umem fd=z into=c at=4082 len=14 gen=8",
		     "* fail errno=EINVAL * refused=xdp");
	end_bench(&bench);
}

static void bad_umems(void **state UNUSED)
{
	struct bench bench;

	make(&bench, "xdp-umem fd=x into=m len=4096 gen=7");
	bench_expect(&bench, "xdp-umem fd=x into=m len=4096 gen=7",
		     "* bad *'x' is open*");
	bench_expect(&bench, "xdp-umem fd=y into=m len=13 gen=7",
		     "* bad *at least 14*");
	bench_expect(&bench, "xdp-umem fd=y into=m at=12k len=4097 gen=7",
		     "* bad *inside*");
	bench_expect(&bench, "xdp-store fd=t", "* bad *no memory 't'*");
	bench_expect(&bench, "close fd=x", "* ok *");
	bench_expect(&bench, "pipe fd=x", "* ok *");
	bench_expect(&bench, "open fd=b path=. mode=r", "* ok *");
	bench_expect(&bench, "xdp-store fd=b", "* fail errno=ENOTSOCK *");
	end_bench(&bench);
}

/* Since 6.5; before it is registered as any other. */
static void a_mapping_of_a_file_is_refused_as_such(void **state UNUSED)
{
	char answer[ANSWER];
	struct bench bench;

	make_bench(&bench, false);
	if (is_tmpfs("."))
		skip_bench(&bench);
	bench_expect(&bench, "create fd=t path=t", "* ok *");
	bench_expect(&bench, "map mem=m fd=t len=8192", "* ok *");
	bench_expect(&bench, "anon mem=b len=4096", "* ok *");
	bench_ask(&bench, "xdp-umem fd=x into=b len=4096 gen=2", answer);
	if (!strstr(answer, " ok ret=0 "))
		skip_bench(&bench);
	bench_ask(&bench, "xdp-umem fd=y into=m len=4096 gen=2", answer);
	if (strstr(answer, " ok ret=0 "))
		skip_bench(&bench);
	if (!strstr(answer, " errno=EFAULT ") || strstr(answer, " refused="))
		fail_msg("it gave '%s'", answer);
	bench_expect(&bench, "check mem=m len=8192 gen=1", "* ok ret=0 *");
	end_bench(&bench);
}

/* There is one holder: it is free again when its file is closed. */
static void the_test_of_pins_holds(void **state UNUSED)
{
	struct bench bench;

	make(&bench, "gup-test fd=g into=m at=100 len=4096");
	bench_expect(&bench, "gup-test fd=h into=b len=4096",
		     "* fail errno=EINVAL *");
	bench_expect(&bench, "close fd=g", "* ok *");
	bench_expect(&bench, "gup-test fd=h into=b len=4096 mode=r",
		     "* ok ret=0 *");
	end_bench(&bench);
}

static void bad_holds(void **state UNUSED)
{
	struct bench bench;

	make_bench(&bench, false);
	bench_expect(&bench, "anon mem=b len=8192", "* ok *");
	bench_expect(&bench, "gup-test fd=g into=b len=4096 mode=w",
		     "* bad *mode=w*");
	bench_expect(&bench, "gup-test fd=g into=b len=8193", "* bad *inside*");
	bench_expect(&bench, "gup-test fd=g into=c len=1", "* bad *'c'*");
	end_bench(&bench);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_fill_a_page),
		cmocka_unit_test(packets_fill_any_part),
		cmocka_unit_test(packets_fill_private_memory),
		cmocka_unit_test(bad_umems),
		cmocka_unit_test(a_mapping_of_a_file_is_refused_as_such),
		cmocka_unit_test(the_test_of_pins_holds),
		cmocka_unit_test(bad_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
