/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second look, against a byte by byte model: sources that give little at a
 * time, ranges at any alignment, changes anywhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/digest.h"
#include "daemon/livepage.h"

enum {
	MAX_BYTES = 80 * DIGEST_BLOCK,	/* several chunks */
	MAX_BLOCKS = MAX_BYTES / DIGEST_BLOCK + 1,
};

/* A source that gives at most @piece bytes at once, and fails at @fail_at. */
struct fake {
	struct livepage_source source;
	const uint8_t *bytes;
	size_t len;
	size_t pos;
	size_t piece;
	size_t fail_at;		/* SIZE_MAX: never */
};

static ssize_t look_at_fake(struct livepage_source *source, void *buf,
			    size_t len)
{
	struct fake *fake = container_of(source, struct fake, source);
	size_t n = MIN(MIN(len, fake->piece), fake->len - fake->pos);

	if (fake->pos == fake->fail_at)
		return -EIO;
	if (fake->fail_at > fake->pos)
		n = MIN(n, fake->fail_at - fake->pos);
	memcpy(buf, fake->bytes + fake->pos, n);
	fake->pos += n;
	return (ssize_t)n;
}

/* What is compared: @arrival and @live, @len bytes at @off of the file. */
struct look {
	uint8_t arrival[MAX_BYTES];
	uint8_t live[MAX_BYTES];
	uint64_t off;
	size_t len;
	size_t piece;
	size_t fail_at;
	size_t available;	/* bytes that the source has */
	uint64_t reported[MAX_BLOCKS];
	size_t nreported;
};

static struct look look;

static void start(uint64_t off, size_t len)
{
	for (size_t i = 0; i < len; i++)
		look.arrival[i] = (uint8_t)(i * 31 + i / 251);
	memcpy(look.live, look.arrival, len);
	look.off = off;
	look.len = len;
	look.piece = SIZE_MAX;
	look.fail_at = SIZE_MAX;
	look.available = len;
	look.nreported = 0;
}

/* What each report must be, whatever is reported. */
static void check_diff(const struct livepage_diff *diff, void *context)
{
	uint64_t start_off = MAX(diff->block * DIGEST_BLOCK, look.off);
	uint64_t end_off = MIN((diff->block + 1) * DIGEST_BLOCK,
			       look.off + look.len);
	size_t at = start_off - look.off;

	assert_ptr_equal(context, &look);
	assert_int_equal(diff->off, start_off);
	assert_int_equal(diff->len, end_off - start_off);
	assert_ptr_equal(diff->arrival, look.arrival + at);
	assert_memory_equal(diff->recheck, look.live + at, diff->len);
	assert_memory_not_equal(diff->recheck, diff->arrival, diff->len);
	assert_true(diff->arrival_digest ==
		    digest_block(look.arrival + at, diff->len));
	assert_true(diff->recheck_digest ==
		    digest_block(look.live + at, diff->len));
	assert_true(diff->nranges > 0);
	assert_true(look.nreported < MAX_BLOCKS);
	look.reported[look.nreported++] = diff->block;
}

static ssize_t recheck(void)
{
	struct fake fake = {
		.source.look = look_at_fake,
		.bytes = look.live,
		.len = look.available,
		.piece = look.piece,
		.fail_at = look.fail_at,
	};

	return livepage_recheck(&fake.source, look.arrival, look.off, look.len,
				check_diff, &look);
}

/* The model: the blocks of the first @len bytes that differ, in order. */
static size_t blocks_that_differ(size_t len, uint64_t blocks[MAX_BLOCKS])
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		uint64_t block = (look.off + i) / DIGEST_BLOCK;

		if (look.live[i] != look.arrival[i] &&
		    (!count || blocks[count - 1] != block))
			blocks[count++] = block;
	}
	return count;
}

static void check_reported(size_t len)
{
	uint64_t blocks[MAX_BLOCKS];
	size_t count = blocks_that_differ(len, blocks);

	assert_int_equal(look.nreported, count);
	if (count)
		assert_memory_equal(look.reported, blocks,
				    count * sizeof(blocks[0]));
}

static void expect_as_model(void)
{
	ssize_t found = recheck();

	assert_int_equal(found, look.nreported);
	check_reported(look.len);
}

/* Offsets and lengths that meet blocks and chunks in every way. */
static const uint64_t offsets[] = { 0, 1, 4095, 4096, 65535, 65536 + 17,
				    UINT64_C(1) << 40 };
static const size_t lengths[] = { 0, 1, 100, 4095, 4096, 4097, 65535, 65536,
				  65537, 70000, MAX_BYTES };
static const size_t pieces[] = { 1000, 4096, 65536, SIZE_MAX };

static void nothing_changed(UNUSED void **state)
{
	for (size_t o = 0; o < ARRAY_SIZE(offsets); o++)
		for (size_t l = 0; l < ARRAY_SIZE(lengths); l++)
			for (size_t p = 0; p < ARRAY_SIZE(pieces); p++) {
				start(offsets[o], lengths[l]);
				look.piece = pieces[p];
				assert_int_equal(recheck(), 0);
				assert_int_equal(look.nreported, 0);
			}
}

static void first_and_last_byte(UNUSED void **state)
{
	for (size_t o = 0; o < ARRAY_SIZE(offsets); o++)
		for (size_t l = 1; l < ARRAY_SIZE(lengths); l++) {
			start(offsets[o], lengths[l]);
			look.live[0] ^= 1;
			expect_as_model();
			assert_int_equal(look.reported[0],
					 look.off / DIGEST_BLOCK);

			start(offsets[o], lengths[l]);
			look.live[look.len - 1] ^= 0x80;
			look.piece = 999;
			expect_as_model();
			assert_int_equal(look.nreported, 1);
		}
}

static void every_block(UNUSED void **state)
{
	start(300, MAX_BYTES);
	for (size_t i = 0; i < look.len; i++)
		look.live[i] = (uint8_t)~look.arrival[i];
	expect_as_model();
	assert_int_equal(look.nreported, MAX_BLOCKS);
}

static void changes_anywhere(UNUSED void **state)
{
	unsigned int seed = 20260923;

	for (int round = 0; round < 300; round++) {
		start((uint64_t)rand_r(&seed) % (1 << 20),
		      1 + (size_t)rand_r(&seed) % (MAX_BYTES - 1));
		look.piece = 100 + (size_t)rand_r(&seed) % 70000;
		for (int n = rand_r(&seed) % 12; n; n--)
			look.live[(size_t)rand_r(&seed) % look.len] ^= 0x40;
		expect_as_model();
	}
}

/* What came before the error is reported, whole blocks of it. */
static void an_error_in_the_middle(UNUSED void **state)
{
	static const size_t where[] = { 0, 1, 3000, 4096, 4097, 65536, 68000,
					70000, 100001 };

	for (size_t o = 0; o < ARRAY_SIZE(offsets); o++)
		for (size_t w = 0; w < ARRAY_SIZE(where); w++) {
			size_t tail = (offsets[o] + where[w]) % DIGEST_BLOCK;

			start(offsets[o], 120000);
			for (size_t i = 50; i < look.len; i += 2000)
				look.live[i] ^= 1;
			look.fail_at = where[w];
			look.piece = 5000;
			assert_int_equal(recheck(), -EIO);
			check_reported(tail < where[w] ? where[w] - tail : 0);
		}
}

static void a_source_that_ends_early(UNUSED void **state)
{
	start(0, 70000);
	look.live[10] ^= 1;
	look.live[69999] ^= 1;
	look.available = 69999;
	assert_int_equal(recheck(), -ENODATA);
	check_reported(65536);
	assert_int_equal(look.nreported, 1);
}

static void a_pipe_in_pieces(UNUSED void **state)
{
	struct livepage_pipe pages;
	int fds[2];

	start(4096 + 5, 20000);
	look.live[0] ^= 1;
	look.live[19999] ^= 1;
	assert_int_equal(pipe(fds), 0);
	for (size_t done = 0; done < look.len; done += 2500)
		assert_int_equal(write(fds[1], look.live + done, 2500), 2500);
	livepage_pipe_init(&pages, fds[0]);
	assert_int_equal(livepage_recheck(&pages.source, look.arrival, look.off,
					  look.len, check_diff, &look), 2);
	check_reported(look.len);

	/* Empty, and nobody can write any more. */
	close(fds[1]);
	look.nreported = 0;
	assert_int_equal(livepage_recheck(&pages.source, look.arrival, look.off,
					  look.len, check_diff, &look),
			 -ENODATA);
	assert_int_equal(look.nreported, 0);
	close(fds[0]);
	assert_int_equal(livepage_recheck(&pages.source, look.arrival, look.off,
					  look.len, check_diff, &look), -EBADF);
}

/* ---- ranges ---- */

static uint8_t block_a[DIGEST_BLOCK];
static uint8_t block_b[DIGEST_BLOCK];

static void change(size_t off, size_t len)
{
	memset(block_b + off, 1, len);
}

static void expect_range(const struct livepage_range *range, size_t off,
			 size_t len)
{
	assert_int_equal(range->off, off);
	assert_int_equal(range->len, len);
}

static void ranges_split_at_eight(UNUSED void **state)
{
	struct livepage_range ranges[LIVEPAGE_MAX_RANGES];

	memset(block_b, 0, sizeof(block_b));
	assert_int_equal(livepage_ranges(block_a, block_b, DIGEST_BLOCK,
					 ranges), 0);
	change(0, 3);
	change(10, 1);		/* seven equal bytes before it */
	change(19, 2);		/* eight */
	change(4095, 1);
	assert_int_equal(livepage_ranges(block_a, block_b, DIGEST_BLOCK,
					 ranges), 3);
	expect_range(&ranges[0], 0, 11);
	expect_range(&ranges[1], 19, 2);
	expect_range(&ranges[2], 4095, 1);

	/* A stretch that is no multiple of a word. */
	assert_int_equal(livepage_ranges(block_a, block_b, 20, ranges), 2);
	expect_range(&ranges[1], 19, 1);
	assert_int_equal(livepage_ranges(block_a, block_b, 0, ranges), 0);

	change(0, DIGEST_BLOCK);
	assert_int_equal(livepage_ranges(block_a, block_b, DIGEST_BLOCK,
					 ranges), 1);
	expect_range(&ranges[0], 0, DIGEST_BLOCK);
}

static void ranges_end_with_the_rest(UNUSED void **state)
{
	struct livepage_range ranges[LIVEPAGE_MAX_RANGES];

	memset(block_b, 0, sizeof(block_b));
	for (size_t i = 0; i < LIVEPAGE_MAX_RANGES; i++)
		change(i * 40 + 2, 5);
	assert_int_equal(livepage_ranges(block_a, block_b, DIGEST_BLOCK,
					 ranges), LIVEPAGE_MAX_RANGES);
	for (size_t i = 0; i < LIVEPAGE_MAX_RANGES; i++)
		expect_range(&ranges[i], i * 40 + 2, 5);

	change(3000, 1);
	change(4000, 6);
	assert_int_equal(livepage_ranges(block_a, block_b, DIGEST_BLOCK,
					 ranges), LIVEPAGE_MAX_RANGES);
	expect_range(&ranges[62], 62 * 40 + 2, 5);
	expect_range(&ranges[63], 63 * 40 + 2, 4006 - (63 * 40 + 2));
}

/* ---- more references to the pages of a pipe ---- */

/* A pipe that refers to the pages of @memory, @len bytes from @from on. */
static int pipe_of(uint8_t *memory, size_t from, size_t len)
{
	struct iovec vec = { memory + from, len };
	int pair[2];

	assert_int_equal(pipe(pair), 0);
	assert_true(fcntl(pair[1], F_SETPIPE_SZ, MAX_BYTES) >= 0);
	assert_int_equal(vmsplice(pair[1], &vec, 1, 0), len);
	close(pair[1]);
	return pair[0];
}

static void check_read(int fd, const uint8_t *bytes, size_t len)
{
	static uint8_t got[MAX_BYTES];
	struct livepage_pipe pages;

	livepage_pipe_init(&pages, fd);
	assert_int_equal(pages.source.look(&pages.source, got, sizeof(got)),
			 len);
	assert_memory_equal(got, bytes, len);
}

static uint8_t *new_memory(void)
{
	uint8_t *memory = mmap(NULL, MAX_BYTES, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	for (size_t i = 0; i < MAX_BYTES; i++)
		memory[i] = (uint8_t)(i * 7 + i / 253);
	return memory;
}

/* Both pipes have all, of any alignment, and what is in the pages at the time. */
static void again_is_the_same_pages(UNUSED void **state)
{
	static const size_t parts[][2] = {
		{ 0, 1 }, { 0, 4096 }, { 100, 5000 }, { 4095, 2 },
		{ 0, 40 * 4096 }, { 1, 40 * 4096 }, { 4000, 60 * 4096 + 200 },
	};
	uint8_t *memory = new_memory();

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		uint8_t *bytes = memory + parts[i][0];
		size_t len = parts[i][1];
		int fd = pipe_of(memory, parts[i][0], len);
		int again = livepage_again(fd, len);
		int more = livepage_again(again, len);

		assert_true(again >= 0 && more >= 0);
		check_read(fd, bytes, len);
		bytes[len / 2] ^= 0xff;
		check_read(again, bytes, len);
		bytes[len - 1] ^= 0xff;
		check_read(more, bytes, len);
		close(fd);
		close(again);
		close(more);
	}
	munmap(memory, MAX_BYTES);
}

static int lowest_free_fd(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

/* Fewer bytes than asked for, or no pipe: an error, and no descriptor is lost. */
static void again_is_all_or_nothing(UNUSED void **state)
{
	uint8_t *memory = new_memory();
	int fd = pipe_of(memory, 0, 5000);
	int before = lowest_free_fd();

	assert_int_equal(livepage_again(fd, 5001), -EPERM);
	assert_int_equal(livepage_again(STDIN_FILENO, 10) < 0, 1);
	assert_int_equal(livepage_again(-1, 10), -EBADF);
	assert_int_equal(lowest_free_fd(), before);
	check_read(fd, memory, 5000);
	close(fd);
	munmap(memory, MAX_BYTES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed),
		cmocka_unit_test(first_and_last_byte),
		cmocka_unit_test(every_block),
		cmocka_unit_test(changes_anywhere),
		cmocka_unit_test(an_error_in_the_middle),
		cmocka_unit_test(a_source_that_ends_early),
		cmocka_unit_test(a_pipe_in_pieces),
		cmocka_unit_test(ranges_split_at_eight),
		cmocka_unit_test(ranges_end_with_the_rest),
		cmocka_unit_test(again_is_the_same_pages),
		cmocka_unit_test(again_is_all_or_nothing),
	};

	return cmocka_run_group_tests_name("livepage", tests, NULL, NULL);
}
