/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of the kernel's ring buffer, one as it was recorded on Linux 6.18 and
 * others as kernel/trace/ring_buffer.c could make them, and format files.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/compiler.h"
#include "daemon/trace-internal.h"

static const char header_page[] =
	"\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
	"\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
	"\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";

#define COMMON \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char sys_enter[] =
	"name: sys_enter\nID: 443\nformat:\n" COMMON
	"\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;\n\n"
	"print fmt: \"NR %ld (%lx)\", REC->id, REC->args[0]\n";
static const char sys_exit[] =
	"name: sys_exit\nID: 442\nformat:\n" COMMON
	"\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n\n"
	"print fmt: \"NR %ld = %ld\", REC->id, REC->ret\n";
static const char submit_req[] =
	"name: io_uring_submit_req\nID: 2140\nformat:\n" COMMON
	"\tfield:void * ctx;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:void * req;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned long long user_data;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:u8 opcode;\toffset:32;\tsize:1;\tsigned:0;\n"
	"\tfield:__data_loc char[] op_str;\toffset:52;\tsize:4;\tsigned:0;\n";

/*
 * A thread 2613 that makes a pwrite64(3, ..., 4660, 4660), a pread64(3, ..., 16,
 * 1 << 40), after 0.3 s another at 1 << 41, and a pread64() of descriptor 99.
 */
static const char recorded[] =
	"9bcffd2b8b290000880100000000000010000000bb010000350a000012000000"
	"00000000030000000000000020f5b1a2dd550000341200000000000034120000"
	"0000000000000000000000000000000000000000e6100100ba010000350a0000"
	"1200000000000000341200000000000010b50700bb010000350a000011000000"
	"000000000300000000000000509877da147f0000100000000000000000000000"
	"0001000000000000000000000000000000000000a6840000ba010000350a0000"
	"110000000000000010000000000000001e368d3c0200000010000000bb010000"
	"350a000011000000000000000300000000000000509877da147f000010000000"
	"0000000000000000000200000000000000000000000000000000000046"
	"9b0200ba010000350a00001100000000000000100000000000000070130900bb"
	"010000350a000011000000000000006300000000000000509877da147f000010"
	"0000000000000000000000000000000000000000000000000000000000000066"
	"470000ba010000350a00001100000000000000f7ffffffffffffff";

static struct trace_formats formats;
static struct trace_event seen[64];
static size_t count;
static uint64_t missed_ns;

static int set_up(UNUSED void **state)
{
	formats = (struct trace_formats){ 0 };
	count = 0;
	return trace_parse_header(header_page, &formats) ||
	       trace_parse_format(sys_enter, TRACE_ENTER,
				  &formats.event[TRACE_ENTER]) ||
	       trace_parse_format(sys_exit, TRACE_EXIT,
				  &formats.event[TRACE_EXIT]);
}

static void see(const struct trace_event *event, UNUSED void *context)
{
	assert_true(count < ARRAY_SIZE(seen));
	seen[count++] = *event;
}

/* A copy of exactly @len bytes, so that a sanitizer sees reads beyond it. */
static void parse(const uint8_t *bytes, size_t len)
{
	uint8_t *page = malloc(len ? len : 1);

	memcpy(page, bytes, len);
	trace_parse_page(&formats, page, len, see, NULL, &missed_ns);
	free(page);
}

static size_t decode_hex(uint8_t *bytes)
{
	size_t len = strlen(recorded) / 2;

	for (size_t i = 0; i < len; i++) {
		char digits[3] = { recorded[2 * i], recorded[2 * i + 1], 0 };

		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return len;
}

static void a_recorded_page_is_understood(UNUSED void **state)
{
	static const struct {
		enum trace_kind kind;
		int number;
		uint64_t value[4];	/* args, or the result first */
	} rows[] = {
		{ TRACE_ENTER, 18, { 3, 0x55dda2b1f520, 4660, 4660 } },
		{ TRACE_EXIT, 18, { 4660 } },
		{ TRACE_ENTER, 17, { 3, 0x7f14da779850, 16, 1ULL << 40 } },
		{ TRACE_EXIT, 17, { 16 } },
		{ TRACE_ENTER, 17, { 3, 0x7f14da779850, 16, 1ULL << 41 } },
		{ TRACE_EXIT, 17, { 16 } },
		{ TRACE_ENTER, 17, { 99, 0x7f14da779850, 16, 0 } },
		{ TRACE_EXIT, 17, { (uint64_t)-9 } },
	};
	uint8_t bytes[1024];

	parse(bytes, decode_hex(bytes));
	assert_int_equal(count, ARRAY_SIZE(rows));
	assert_true(missed_ns == 0);
	for (size_t i = 0; i < count; i++) {
		size_t values = rows[i].kind == TRACE_ENTER ? 4 : 1;

		assert_int_equal(seen[i].kind, rows[i].kind);
		assert_int_equal(seen[i].number, rows[i].number);
		assert_int_equal(seen[i].tid, 2613);
		assert_memory_equal(seen[i].args, rows[i].value,
				    values * sizeof(uint64_t));
		assert_true(i == 0 || seen[i].time_ns > seen[i - 1].time_ns);
	}
	/* The third call came 0.3 s after the second (a TIME_EXTEND). */
	assert_true(seen[4].time_ns - seen[3].time_ns > 300000000);
	assert_true(seen[4].time_ns - seen[3].time_ns < 310000000);
	assert_true(seen[0].time_ns == 0x298b2bfdcf9b);
}

/* Wherever it is cut off, what is before that is understood and no more. */
static void a_page_that_is_cut_off_ends_there(UNUSED void **state)
{
	uint8_t bytes[1024];
	size_t len = decode_hex(bytes);
	size_t before = 0;

	for (size_t i = 0; i <= len; i++) {
		count = 0;
		parse(bytes, i);
		assert_true(count == before || count == before + 1);
		before = count;
	}
	assert_int_equal(before, 8);
}

/* ---- made pages ---- */

static uint8_t page[4096];
static size_t used;

static void put(const void *bytes, size_t len)
{
	memcpy(page + used, bytes, len);
	used += len;
}

static void put32(uint32_t value)
{
	put(&value, sizeof(value));
}

static void put64(uint64_t value)
{
	put(&value, sizeof(value));
}

static uint32_t head(uint32_t type, uint32_t delta)
{
	return type | delta << 5;
}

static void begin_page(uint64_t time_ns)
{
	used = 0;
	put64(time_ns);
	put64(0);
}

/* The bytes of an exit, number 1 and result @result. */
static void put_exit(uint64_t result)
{
	put32(442);
	put32(77);
	put64(1);
	put64(result);
}

static void end_page(uint64_t flags)
{
	uint64_t commit = (used - 16) | flags;

	memcpy(page + 8, &commit, sizeof(commit));
	count = 0;
	parse(page, sizeof(page));
}

static void times_come_in_three_forms(UNUSED void **state)
{
	begin_page(1ULL << 60 | 1000);
	put32(head(6, 5));			/* since the one before */
	put_exit(1);
	put32(head(30, 7));			/* a larger one */
	put32(2);
	put32(head(6, 1));
	put_exit(2);
	put32(head(31, 9));			/* absolute, 59 bits of it */
	put32(3);
	put32(head(6, 0));
	put_exit(3);
	end_page(0);
	assert_int_equal(count, 3);
	assert_true(seen[0].time_ns == (1ULL << 60 | 1005));
	assert_true(seen[1].time_ns ==
		    (1ULL << 60 | 1005) + (2ULL << 27) + 7 + 1);
	assert_true(seen[2].time_ns == (1ULL << 60 | 3ULL << 27 | 9));
}

static void long_events_have_their_length_behind_the_head(UNUSED void **state)
{
	begin_page(1000);
	put32(head(0, 5));
	put32(24 + 4);
	put_exit(1);
	put32(head(6, 5));
	put_exit(2);
	end_page(0);
	assert_int_equal(count, 2);
	assert_int_equal(seen[0].result, 1);
	assert_true(seen[1].time_ns == 1010);
}

static void what_was_discarded_is_passed_over(UNUSED void **state)
{
	begin_page(1000);
	put32(head(29, 5));
	put32(24 + 4);
	put_exit(1);
	put32(head(6, 5));
	put_exit(2);
	put32(head(29, 0));		/* from here on there is nothing */
	put_exit(3);
	end_page(0);
	assert_int_equal(count, 1);
	assert_int_equal(seen[0].result, 2);
}

static void other_events_are_passed_over(UNUSED void **state)
{
	begin_page(1000);
	put32(head(6, 5));
	put_exit(1);
	page[used - 24] = 0;		/* its type */
	put32(head(1, 5));		/* too short to be an exit */
	put32(442);
	put32(head(6, 5));
	put_exit(2);
	end_page(0);
	assert_int_equal(count, 1);
	assert_true(seen[0].result == 2 && seen[0].time_ns == 1015);
}

static void a_gap_before_the_page_is_said(UNUSED void **state)
{
	begin_page(1000);
	put32(head(6, 5));
	put_exit(1);
	end_page(1U << 31);
	assert_true(missed_ns == 1000);
	assert_int_equal(count, 1);
	/* With the number of what is lost behind the data. */
	end_page(3U << 30);
	assert_true(missed_ns == 1000);
	assert_int_equal(count, 1);
}

/* Every length, and every type, in a page that is full of one byte. */
static void nonsense_does_no_harm(UNUSED void **state)
{
	for (unsigned int byte = 0; byte < 256; byte++) {
		memset(page, (int)byte, sizeof(page));
		count = 0;
		parse(page, sizeof(page));
		assert_int_equal(count, 0);
	}
}

static void fields_are_found_by_their_names(UNUSED void **state)
{
	static const struct {
		const char *name;
		int err;
		size_t off;
		size_t size;
		const char *why;
	} rows[] = {
		{ "req", 0, 16, 8, "behind a type with a star" },
		{ "opcode", 0, 32, 1, "a byte" },
		{ "op_str", 0, 52, 4, "after a type with brackets" },
		{ "data", -ENOENT, 0, 0, "only the end of user_data" },
		{ "ctx", 0, 8, 8, "the first behind the common ones" },
		{ "common_pid", 0, 4, 4, "a common one" },
		{ "char", -ENOENT, 0, 0, "a type" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trace_field field = { 0 };
		int err = trace_parse_field(submit_req, rows[i].name, &field);

		if (err != rows[i].err || field.off != rows[i].off ||
		    field.size != rows[i].size)
			fail_msg("%s: %d, %zu, %zu", rows[i].why, err,
				 field.off, field.size);
	}
}

static void formats_that_lack_something_are_refused(UNUSED void **state)
{
	struct trace_format format;

	assert_int_equal(trace_parse_format(submit_req, TRACE_SUBMIT, &format),
			 0);
	assert_int_equal(format.type, 2140);
	assert_int_equal(trace_parse_format(sys_exit, TRACE_ENTER, &format),
			 -EINVAL);
	assert_int_equal(trace_parse_format(sys_exit + 5, TRACE_EXIT, &format),
			 -EINVAL);
	assert_int_equal(trace_parse_header(sys_exit, &formats), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_recorded_page_is_understood, set_up),
		cmocka_unit_test_setup(a_page_that_is_cut_off_ends_there, set_up),
		cmocka_unit_test_setup(times_come_in_three_forms, set_up),
		cmocka_unit_test_setup(
			long_events_have_their_length_behind_the_head, set_up),
		cmocka_unit_test_setup(what_was_discarded_is_passed_over, set_up),
		cmocka_unit_test_setup(other_events_are_passed_over, set_up),
		cmocka_unit_test_setup(a_gap_before_the_page_is_said, set_up),
		cmocka_unit_test_setup(nonsense_does_no_harm, set_up),
		cmocka_unit_test(fields_are_found_by_their_names),
		cmocka_unit_test(formats_that_lack_something_are_refused),
	};

	return cmocka_run_group_tests_name("traceparse", tests, NULL, NULL);
}
