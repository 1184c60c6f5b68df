/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that stores where it was told to, and only when it was told to. Where
 * there is no machine to be had the answer says so, and there is nothing more
 * to see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/steps.h"
#include "common/compiler.h"

#include "steps-bench.h"

/* Three pages of a file and of private memory, and a guest. */
static void make(struct bench *bench, const char *line)
{
	char answer[ANSWER];

	make_bench(bench, false);
	bench_expect(bench, "create fd=t path=t size=12k", "* ok *");
	bench_expect(bench, "map mem=m fd=t len=12k", "* ok *");
	bench_expect(bench, "anon mem=b len=12k", "* ok *");
	bench_expect(bench, "store mem=b len=12k gen=1", "* ok *");
	bench_ask(bench, line, answer);
	if (strstr(answer, " refused=kvm"))
		skip_bench(bench);
	if (fnmatch("* ok ret=0 *", answer, 0) != 0)
		fail_msg("'%s' gave '%s'", line, answer);
}

static void it_stores_when_told(void **state UNUSED)
{
	struct bench bench;

	make(&bench, "kvm-guest fd=g into=m at=4096 len=4096 gen=7");
	bench_expect(&bench, "check mem=m len=12k gen=1", "* ok ret=0 *");
	bench_expect(&bench, "kvm-store fd=g", "* ok ret=4096 *");
	bench_expect(&bench, "check mem=m len=4096 gen=1", "* ok ret=0 *");
	bench_expect(&bench, "check fd=t off=4096 len=4096 gen=7 writer=s",
		     "* ok ret=0 *");
	bench_expect(&bench, "check mem=m off=8k len=4096 gen=1",
		     "* ok ret=0 *");
	/* It has no more. */
	bench_expect(&bench, "store mem=m off=4096 len=4096 gen=8", "* ok *");
	bench_expect(&bench, "kvm-store fd=g", "* ok ret=0 *");
	bench_expect(&bench, "check mem=m off=4096 len=4096 gen=8",
		     "* ok ret=0 *");
	end_bench(&bench);
}

/* Neither begins nor ends with a page; two guests do not meet. */
static void any_part_of_any_memory(void **state UNUSED)
{
	struct bench bench;

	make(&bench, "kvm-guest fd=g into=b at=100 len=9000 gen=2 writer=k");
	bench_expect(&bench, "kvm-guest fd=h into=m at=1 len=1 gen=3",
		     "* ok *");
	bench_expect(&bench, "kvm-store fd=g", "* ok ret=9000 *");
	bench_expect(&bench, "kvm-store fd=h", "* ok ret=1 *");
	bench_expect(&bench, "check mem=b off=100 len=9000 gen=2 writer=k",
		     "* ok ret=0 *");
	bench_expect(&bench, "check mem=b len=100 gen=1", "* ok ret=0 *");
	bench_expect(&bench, "check mem=b off=9100 len=3188 gen=1",
		     "* ok ret=0 *");
	bench_expect(&bench, "close fd=g", "* ok *");
	bench_expect(&bench, "munmap mem=g", "* ok *");
	end_bench(&bench);
}

static void bad_lines(void **state UNUSED)
{
	struct bench bench;

	make(&bench, "kvm-guest fd=g into=b len=4096 gen=2");
	bench_expect(&bench, "kvm-guest fd=g into=b len=4096 gen=2",
		     "* bad *'g' is open*");
	bench_expect(&bench, "kvm-guest fd=m into=b len=4096 gen=2",
		     "* bad *'m' is mapped*");
	bench_expect(&bench, "kvm-guest fd=h into=b at=8k len=4097 gen=2",
		     "* bad *inside*");
	/* Not a guest, and not changed. */
	bench_expect(&bench, "kvm-store fd=t", "* fail errno=ENOTTY *");
	bench_expect(&bench, "check fd=t len=12k gen=1", "* ok ret=0 *");
	/* There is no page, in the mapping or at all. */
	bench_expect(&bench, "truncate fd=t len=4k", "* ok *");
	bench_expect(&bench, "kvm-guest fd=h into=m at=4k len=1 gen=2",
		     "* fail errno=EFAULT *");
	bench_expect(&bench, "munmap mem=b", "* ok *");
	bench_expect(&bench, "kvm-store fd=g", "* fail errno=EFAULT *");
	end_bench(&bench);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_stores_when_told),
		cmocka_unit_test(any_part_of_any_memory),
		cmocka_unit_test(bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
