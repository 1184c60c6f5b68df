/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that was sent without a copy, and was changed before it was received:
 * what has left the sender is as it was, what still waits there is as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/steps.h"
#include "common/compiler.h"

#include "steps-bench.h"

/* With a pair of sockets and two pages, of generation 1. */
static void make(struct bench *bench, const char *line)
{
	char answer[ANSWER];

	make_bench(bench, false);
	bench_ask(bench, line, answer);
	if (strstr(answer, " refused=tcp"))
		skip_bench(bench);
	if (fnmatch("* ok ret=0 *", answer, 0) != 0)
		fail_msg("'%s' gave '%s'", line, answer);
	bench_expect(bench, "anon mem=m len=8192", "* ok *");
	bench_expect(bench, "store mem=m len=8192 gen=1", "* ok *");
}

/* The digest of one block in an answer. */
static void digest_of(const char *answer, char digest[17])
{
	const char *word = strstr(answer, " digest=");

	assert_non_null(word);
	assert_int_equal(sscanf(word, " digest=%16[0-9a-f]", digest), 1);
}

static void sent_then_changed(bool waits)
{
	char answer[ANSWER], old[17], now[17], got[17];
	struct bench bench;
	char *unsent;

	make(&bench, "tcp fd=c size=4096");
	if (waits)
		bench_expect(&bench, "write fd=c.a len=16k gen=9",
			     "* ok ret=16384 *");
	bench_ask(&bench, "digest mem=m off=4096 len=4096", answer);
	digest_of(answer, old);
	bench_ask(&bench, "send-zerocopy mem=m off=4096 len=4096 out=c.a",
		  answer);
	assert_non_null(strstr(answer, " ok ret=4096 "));
	unsent = strstr(answer, " unsent=");
	assert_non_null(unsent);
	assert_int_equal(atoi(unsent + 8) >= 4096, waits);
	bench_expect(&bench, "store mem=m off=4096 len=4096 gen=2", "* ok *");
	bench_ask(&bench, "digest mem=m off=4096 len=4096", answer);
	digest_of(answer, now);
	assert_string_not_equal(old, now);
	if (waits)
		bench_expect(&bench, "receive fd=c.b len=16k",
			     "* ok ret=16384 *");
	bench_ask(&bench, "receive fd=c.b len=4096", answer);
	assert_non_null(strstr(answer, " ok ret=4096 "));
	digest_of(answer, got);
	assert_string_equal(got, waits ? now : old);
	end_bench(&bench);
}

static void what_was_sent_does_not_change(void **state UNUSED)
{
	sent_then_changed(false);
}

static void what_waits_in_the_queue_changes(void **state UNUSED)
{
	sent_then_changed(true);
}

static void bad_lines(void **state UNUSED)
{
	struct bench bench;

	make(&bench, "tcp fd=c");
	bench_expect(&bench, "tcp fd=c", "* bad *'c.a' is open*");
	bench_expect(&bench, "tcp fd=d size=4g", "* bad *too large*");
	bench_expect(&bench, "send-zerocopy mem=m off=4096 len=8192 out=c.a",
		     "* bad *inside*");
	bench_expect(&bench, "pipe fd=p", "* ok *");
	bench_expect(&bench, "send-zerocopy mem=m len=1 out=p.w",
		     "* fail errno=ENOTSOCK *");
	bench_expect(&bench, "receive fd=p.r len=1",
		     "* fail errno=ENOTSOCK *");
	/* The end of a stream is no failure, and not all that was wanted. */
	bench_expect(&bench, "write fd=c.a len=10 gen=1", "* ok ret=10 *");
	bench_expect(&bench, "close fd=c.a", "* ok *");
	bench_expect(&bench, "receive fd=c.b len=20", "* ok ret=10 *");
	end_bench(&bench);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sent_does_not_change),
		cmocka_unit_test(what_waits_in_the_queue_changes),
		cmocka_unit_test(bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
