/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is made of procfs's words about a thread: which calls are understood, and
 * where in what they write a WRITE's bytes are.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "daemon/peek-internal.h"

#include <cmocka.h>

/* As the kernel writes it: number, six arguments, stack and program counter. */
static int parse(long number, const char *args, struct peek_call *call_ret)
{
	char text[256];

	snprintf(text, sizeof(text), "%ld %s 0x7ffd0f171d8 0x7f8eec4592ad\n",
		 number, args);
	return peek_parse_call(text, call_ret);
}

static void calls_that_write_are_understood(UNUSED void **state)
{
	static const struct {
		long number;
		const char *args;
		struct peek_call call;
	} cases[] = {
		{ SYS_write, "0x3 0x7f00 0x1000 0x5 0x6 0x7",
		  { 3, 0x7f00, 0x1000, .off = 5 } },
		{ SYS_pwrite64, "0x3 0x7f00 0x1000 0x123456789abc 0x6 0x7",
		  { 3, 0x7f00, 0x1000, .has_off = true,
		    .off = 0x123456789abc } },
		{ SYS_writev, "0x3 0x7f00 0x2 0x5 0x6 0x7",
		  { 3, 0x7f00, 2, .vector = true, .off = 5 } },
		{ SYS_pwritev, "0x3 0x7f00 0x2 0x2000 0x0 0x10",
		  { 3, 0x7f00, 2, .vector = true, .has_off = true,
		    .off = 0x2000 } },
		{ SYS_pwritev2, "0x3 0x7f00 0x2 0x2000 0x0 0x0",
		  { 3, 0x7f00, 2, .vector = true, .has_off = true,
		    .off = 0x2000 } },
		{ SYS_pwritev2, "0x3 0x7f00 0x2 0xffffffffffffffff 0x0 0x0",
		  { 3, 0x7f00, 2, .vector = true, .off = UINT64_MAX } },
		{ SYS_pwritev2, "0x3 0x7f00 0x2 0x2000 0x0 0x10",
		  { 3, 0x7f00, 2, .vector = true, .has_off = true,
		    .off = 0x2000, .append = true } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct peek_call *want = &cases[i].call;
		struct peek_call call;

		assert_int_equal(parse(cases[i].number, cases[i].args, &call),
				 0);
		assert_int_equal(call.fd, want->fd);
		assert_int_equal(call.addr, want->addr);
		assert_int_equal(call.count, want->count);
		assert_int_equal(call.vector, want->vector);
		assert_int_equal(call.has_off, want->has_off);
		assert_int_equal(call.off, want->off);
		assert_int_equal(call.append, want->append);
	}
}

static void others_are_not(UNUSED void **state)
{
	static const char *const texts[] = {
		"", "running\n", "-1 0x7ffd 0x7f8e\n", "1 0x3 0x7f00\n",
	};
	struct peek_call call;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(peek_parse_call(texts[i], &call), -ENOTSUP);
	assert_int_equal(parse(SYS_read, "0x3 0x7f00 0x10 0x0 0x0 0x0", &call),
			 -ENOTSUP);
	assert_int_equal(parse(SYS_io_uring_enter,
			       "0x3 0x1 0x1 0x0 0x0 0x0", &call), -ENOTSUP);
}

enum { NOWHERE = 0xffff };	/* instead of a place */

static void a_write_is_found_in_its_call(UNUSED void **state)
{
	static const struct {
		struct peek_call call;
		uint64_t pos;
		int flags;
		uint64_t total, off, len;
		uint64_t at;
	} cases[] = {
		/* pwrite(2), its beginning, middle and end */
		{ { .has_off = true, .off = 100 }, 7, 0, 50, 100, 50, 0 },
		{ { .has_off = true, .off = 100 }, 7, 0, 50, 110, 10, 10 },
		{ { .has_off = true, .off = 100 }, 7, 0, 50, 140, 10, 40 },
		/* not of this call */
		{ { .has_off = true, .off = 100 }, 7, 0, 50, 140, 11,
		  NOWHERE },
		{ { .has_off = true, .off = 100 }, 7, 0, 50, 99, 10, NOWHERE },
		{ { .has_off = true, .off = 100 }, 7, 0, 50, 200, 1, NOWHERE },
		/* write(2) */
		{ { 0 }, 100, 0, 50, 110, 10, 10 },
		{ { 0 }, 100, 0, 50, 90, 10, NOWHERE },
		/* at the end of the file, wherever that was */
		{ { 0 }, 0, O_APPEND, 50, 4096, 50, 0 },
		{ { 0 }, 0, O_APPEND, 50, 4096, 10, NOWHERE },
		{ { .append = true, .has_off = true }, 0, 0, 50, 4096, 50, 0 },
		{ { .append = true, .has_off = true }, 0, 0, 50, 0, 10,
		  NOWHERE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct procfs_file file = {
			.pos = cases[i].pos, .flags = cases[i].flags,
		};
		uint64_t at = NOWHERE;
		int err = peek_locate(&cases[i].call, &file, cases[i].total,
				      cases[i].off, cases[i].len, &at);

		assert_int_equal(err, cases[i].at == NOWHERE ? -ENOTSUP : 0);
		assert_int_equal(at, cases[i].at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_write_are_understood),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(a_write_is_found_in_its_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
