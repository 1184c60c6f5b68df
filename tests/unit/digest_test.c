/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known answers of XXH3-64, as `xxhsum -H3` prints them for a file of these
 * bytes (padded to 4096 where the column says so): a change of algorithm,
 * seed, byte order or padding shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/compiler.h"
#include "common/digest.h"

static const struct {
	size_t len;
	uint64_t plain;		/* of @len bytes of pattern */
	uint64_t padded;	/* of those and zeros up to 4096 */
} rows[] = {
	/* The specification's value for nothing, and a block of zeros. */
	{ 0, 0x2d06800538d394c2, 0x93d76fe148c689ba },
	/* The pattern's first byte is 0: a padded block cannot tell. */
	{ 1, 0xc44bdff4074eecdb, 0x93d76fe148c689ba },
	/* Lengths at which XXH3 goes another way. */
	{ 3, 0xc3489259e968ad9e, 0xfd1e28104edf1e89 },
	{ 17, 0xf34c3c9cf5a112d1, 0x99ef08af5ebd335b },
	{ 130, 0xefd194879b822f04, 0x4e9c66cf4990e97d },
	{ 241, 0x541b19226f0052e8, 0x4abd1fc04fb20032 },
	{ 1000, 0xd1db6a0afea2cc82, 0x97f173a820418331 },
	/* One byte less than a block, and a block: nothing to pad. */
	{ 4095, 0x0b4e57ede5b7b645, 0xb493ae0b252337f4 },
	{ 4096, 0x5c722d9ceb6f9064, 0x5c722d9ceb6f9064 },
};

/* Exactly @len bytes of heap, so that a read beyond them can be seen. */
static unsigned char *make_pattern(size_t len)
{
	unsigned char *data = malloc(len);

	assert_true(data || len == 0);
	for (size_t i = 0; i < len; i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	return data;
}

/* Leaves other bytes where the next call has its padding. */
__attribute__((noinline))
static void soil_stack(int byte)
{
	unsigned char used[3 * DIGEST_BLOCK];

	memset(used, byte, sizeof(used));
	__asm__ volatile("" : : "r"(used) : "memory");
}

static void known_answers(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned char *data = make_pattern(rows[i].len);

		assert_int_equal(digest_bytes(data, rows[i].len),
				 rows[i].plain);
		for (int byte = 0; byte < 256; byte += 85) {
			soil_stack(byte);
			assert_int_equal(digest_block(data, rows[i].len),
					 rows[i].padded);
		}
		free(data);
	}
	assert_int_equal(digest_bytes("abc", 3), 0x78af5f94892f3950);
}

static void nothing_may_be_null(void **state UNUSED)
{
	assert_int_equal(digest_block(NULL, 0), rows[0].padded);
	assert_int_equal(digest_bytes(NULL, 0), rows[0].plain);
}

static void alignment_does_not_matter(void **state UNUSED)
{
	unsigned char *data = make_pattern(DIGEST_BLOCK);
	unsigned char *buf = malloc(DIGEST_BLOCK + 64);

	assert_non_null(buf);
	for (size_t shift = 0; shift < 64; shift++) {
		memcpy(buf + shift, data, DIGEST_BLOCK);
		assert_int_equal(digest_block(buf + shift, DIGEST_BLOCK),
				 0x5c722d9ceb6f9064);
	}
	free(buf);
	free(data);
}

static void every_bit_counts(void **state UNUSED)
{
	unsigned char *data = make_pattern(DIGEST_BLOCK);

	for (size_t i = 0; i < DIGEST_BLOCK; i++) {
		data[i] ^= (unsigned char)(1 << i % 8);
		assert_int_not_equal(digest_block(data, DIGEST_BLOCK),
				     0x5c722d9ceb6f9064);
		data[i] ^= (unsigned char)(1 << i % 8);
	}
	free(data);
}

static void hexadecimal(void **state UNUSED)
{
	static const struct {
		uint64_t digest;
		const char *text;
	} texts[] = {
		{ 0, "0000000000000000" },
		{ 0xff, "00000000000000ff" },	/* leading zeros stay */
		{ 0x0123456789abcdef, "0123456789abcdef" },	/* order */
		{ UINT64_MAX, "ffffffffffffffff" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char buf[DIGEST_HEX_SIZE];

		memset(buf, 'x', sizeof(buf));
		digest_hex(texts[i].digest, buf);
		assert_string_equal(buf, texts[i].text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(nothing_may_be_null),
		cmocka_unit_test(alignment_does_not_matter),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(hexadecimal),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
