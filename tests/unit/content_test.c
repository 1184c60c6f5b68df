/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Self-naming content: what is filled checks, and every wrong byte counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/content.h"
#include "common/compiler.h"

enum { SIZE = 3 * 4096 };

static const struct {
	uint64_t off;
	size_t len;
} ranges[] = {
	{ 0, SIZE },		/* whole blocks */
	{ 4096, 4096 },		/* one, not the first */
	{ 4000, 200 },		/* across a border */
	{ 4093, 3 },		/* up to a border, less than a word */
	{ 4096, 1 },		/* a byte at a border */
	{ 5, 1 },		/* a byte inside a word */
	{ 1, SIZE - 1 },	/* nothing aligned but the end */
	{ (UINT64_C(1) << 36) - 8, 16 },	/* the block number wraps */
	{ 7, 0 },		/* nothing */
};

static const struct content_id id = {
	.file = 0x1234, .generation = 0x0506, .writer = CONTENT_WRITER_STORE,
};

static void what_is_filled_checks(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		unsigned char *buf = malloc(ranges[i].len + 1);
		size_t first = 99;

		buf[ranges[i].len] = 0xee;
		content_fill(buf, ranges[i].len, ranges[i].off, &id);
		assert_int_equal(buf[ranges[i].len], 0xee);
		assert_int_equal(content_check(buf, ranges[i].len,
					       ranges[i].off, &id, &first), 0);
		assert_int_equal(first, 99);
		free(buf);
	}
}

static void a_part_is_as_in_the_whole(void **state UNUSED)
{
	unsigned char whole[SIZE], part[SIZE];

	content_fill(whole, SIZE, 0, &id);
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (ranges[i].off + ranges[i].len > SIZE)
			continue;
		content_fill(part, ranges[i].len, ranges[i].off, &id);
		assert_memory_equal(part, whole + ranges[i].off,
				    ranges[i].len);
	}
}

static void each_wrong_byte_counts(void **state UNUSED)
{
	unsigned char buf[SIZE];
	size_t first = 0;

	content_fill(buf, SIZE, 0, &id);
	buf[4095] ^= 1;
	buf[8192] ^= 0x80;
	buf[SIZE - 1] ^= 0xff;
	assert_int_equal(content_check(buf, SIZE, 0, &id, &first), 3);
	assert_int_equal(first, 4095);
	assert_int_equal(content_check(buf + 4096, SIZE - 4096, 4096, &id,
				       &first), 2);
	assert_int_equal(first, 4096);
}

/* One member of the name differs, so one byte or two of each word do. */
static void every_member_shows(void **state UNUSED)
{
	struct content_id others[] = { id, id, id };
	static const size_t counts[] = { 2 * 512, 2 * 512, 512 };
	unsigned char buf[4096];
	size_t first = 0;

	others[0].file = 0x4321;
	others[1].generation = 0x0605;
	others[2].writer = CONTENT_WRITER_WRITE;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		content_fill(buf, sizeof(buf), 0, &others[i]);
		assert_int_equal(content_check(buf, sizeof(buf), 0, &id,
					       &first), counts[i]);
	}
	content_fill(buf, sizeof(buf), 0, &id);
	assert_int_equal(content_check(buf, sizeof(buf), 4096, &id, &first),
			 512);
}

static void any_writer_ignores_only_the_writer(void **state UNUSED)
{
	struct content_id any = id;
	unsigned char buf[4096];
	size_t first = 0;

	any.writer = CONTENT_ANY_WRITER;
	content_fill(buf, sizeof(buf), 0, &id);
	assert_int_equal(content_check(buf, sizeof(buf), 0, &any, &first), 0);
	any.generation++;
	assert_int_equal(content_check(buf, sizeof(buf), 0, &any, &first),
			 512);
}

static void zeros_are_nobodys(void **state UNUSED)
{
	static const unsigned char zeros[4096];
	struct content_id least = { .file = 1, .generation = 0, .writer = 's' };
	size_t first = 99;

	assert_int_equal(content_check(zeros, sizeof(zeros), 0, &least,
				       &first), 2 * 512);
	assert_int_equal(first, 1);
	/* 16-bit hashes of a few thousand paths: 0 would be among them. */
	for (unsigned int i = 0; i < 500000; i++) {
		char path[16];

		snprintf(path, sizeof(path), "%u", i);
		assert_int_not_equal(content_file(path), 0);
	}
}

static void words_describe_themselves(void **state UNUSED)
{
	static const unsigned char zeros[CONTENT_WORD];
	struct content_id copy, odd = { 0xabcd, 9, 0x01 };
	unsigned char word[CONTENT_WORD];
	char text[CONTENT_TEXT_SIZE];

	content_fill(word, sizeof(word), 77 * 4096, &id);
	assert_int_equal(content_decode(word, &copy), 77);
	assert_int_equal(copy.file, id.file);
	assert_int_equal(copy.generation, id.generation);
	assert_int_equal(copy.writer, id.writer);
	content_describe(word, "dir/t", text);
	assert_string_equal(text, "file dir/t block 77 generation 1286 "
				  "writer store");
	content_describe(word, NULL, text);
	assert_string_equal(text, "file 1234 block 77 generation 1286 "
				  "writer store");
	content_fill(word, sizeof(word), 0, &odd);
	content_describe(word, NULL, text);
	assert_string_equal(text, "file abcd block 0 generation 9 "
				  "writer 0x01");
	content_describe(zeros, "t", text);
	assert_string_equal(text, "zeros");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_filled_checks),
		cmocka_unit_test(a_part_is_as_in_the_whole),
		cmocka_unit_test(each_wrong_byte_counts),
		cmocka_unit_test(every_member_shows),
		cmocka_unit_test(any_writer_ignores_only_the_writer),
		cmocka_unit_test(zeros_are_nobodys),
		cmocka_unit_test(words_describe_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
