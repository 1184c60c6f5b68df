/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing a file with its checksums: what is blamed, adopted, passed over. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/compiler.h"
#include "csum/csum-file.h"
#include "csum/csum-format.h"
#include "csum/csum-scrub.h"
#include "csum/csum-store.h"

enum { BLOCKS = 600, MAX_FOUND = 8 };

struct found {
	uint64_t block, stored, found;
};

/* A SOURCE with one file, and its state directory. */
struct place {
	char path[32];
	int source, state, fd;
	struct csum_store *store;
	struct csum_file *file;
	struct found found[MAX_FOUND];
	size_t count;
};

static uint8_t pattern(uint64_t at)
{
	return (uint8_t)(at / DIGEST_BLOCK * 7 + at * 3 + 1);
}

static void write_blocks(int fd, uint64_t block, uint64_t to)
{
	uint8_t bytes[DIGEST_BLOCK];

	for (; block < to; block++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = pattern(block * DIGEST_BLOCK + i);
		assert_int_equal(pwrite(fd, bytes, sizeof(bytes),
					(off_t)(block * DIGEST_BLOCK)),
				 sizeof(bytes));
	}
}

static uint64_t digest_at(int fd, uint64_t block)
{
	uint8_t bytes[DIGEST_BLOCK];
	ssize_t n = pread(fd, bytes, sizeof(bytes),
			  (off_t)(block * DIGEST_BLOCK));

	assert_true(n > 0);
	return csum_of_block(bytes, (size_t)n);
}

static void flip(int fd, uint64_t block)
{
	off_t at = (off_t)(block * DIGEST_BLOCK);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

/* A session begins; the file's checksums are opened, or made. */
static void begin(struct place *place, bool create)
{
	enum csum_found found;

	assert_int_equal(csum_store_open(place->state, place->source,
					 &place->store), 0);
	if (csum_file_open(place->store, place->fd, create, &place->file,
			   &found))
		skip();
}

/* It ends; in order or not. */
static void end(struct place *place, bool in_order)
{
	csum_file_close(place->file);
	if (in_order)
		csum_store_end(place->store, place->source);
	csum_store_close(place->store);
	place->file = NULL;
	place->store = NULL;
}

/* What was a session of this boot becomes one of another. */
static void fake_reboot(struct place *place)
{
	struct csum_disk_session record;
	off_t at = sizeof(struct csum_disk_sessions);
	int fd = openat(place->state, "csum/sessions", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	for (; pread(fd, &record, sizeof(record), at) == sizeof(record);
	     at += (off_t)sizeof(record)) {
		record.boot_id[0] ^= 0xff;
		assert_int_equal(pwrite(fd, &record, sizeof(record), at),
				 sizeof(record));
	}
	close(fd);
}

static void note(void *context, uint64_t block, uint64_t stored, uint64_t found)
{
	struct place *place = context;

	assert_true(place->count < MAX_FOUND);
	place->found[place->count++] = (struct found){ block, stored, found };
}

static struct csum_scrub_counts scrub(struct place *place, bool adopt)
{
	struct csum_scrub scrub = {
		.file = place->file, .fd = place->fd, .adopt = adopt,
		.mismatch = note, .context = place,
	};
	struct stat attr;

	place->count = 0;
	assert_int_equal(fstat(place->fd, &attr), 0);
	scrub.size = (uint64_t)attr.st_size;
	assert_int_equal(csum_scrub_blocks(&scrub, 0, UINT64_MAX), 0);
	assert_int_equal(scrub.counts.mismatched, place->count);
	return scrub.counts;
}

#define EXPECT(place, adopt_it, ...) do { \
	struct csum_scrub_counts got__ = scrub((place), (adopt_it)); \
	struct csum_scrub_counts want__ = { __VA_ARGS__ }; \
	assert_memory_equal(&got__, &want__, sizeof(got__)); \
} while (0)

/* ---- cases ---- */

static void without_checksums_all_is_unverified(void **state)
{
	struct place *place = *state;

	write_blocks(place->fd, 0, BLOCKS);
	EXPECT(place, false, .blocks = BLOCKS, .unverified = BLOCKS);
}

static void adopted_blocks_match(void **state)
{
	struct place *place = *state;

	write_blocks(place->fd, 0, BLOCKS);
	begin(place, true);
	EXPECT(place, false, .blocks = BLOCKS, .unverified = BLOCKS);
	EXPECT(place, true, .blocks = BLOCKS, .adopted = BLOCKS);
	EXPECT(place, true, .blocks = BLOCKS, .verified = BLOCKS);
	end(place, true);
	begin(place, false);
	assert_non_null(place->file);
	EXPECT(place, false, .blocks = BLOCKS, .verified = BLOCKS);
	end(place, true);
}

static void a_flip_is_told_with_both_checksums(void **state)
{
	struct place *place = *state;
	uint64_t stored;

	write_blocks(place->fd, 0, BLOCKS);
	begin(place, true);
	EXPECT(place, true, .blocks = BLOCKS, .adopted = BLOCKS);
	stored = digest_at(place->fd, 555);
	flip(place->fd, 555);
	EXPECT(place, true, .blocks = BLOCKS, .verified = BLOCKS - 1,
	       .mismatched = 1);
	assert_int_equal(place->found[0].block, 555);
	assert_int_equal(place->found[0].stored, stored);
	assert_int_equal(place->found[0].found, digest_at(place->fd, 555));
	/* It has not been adopted, and matches once it is mended. */
	flip(place->fd, 555);
	EXPECT(place, false, .blocks = BLOCKS, .verified = BLOCKS);
	end(place, true);
}

static void a_block_that_nobody_vouches_for_is_dropped(void **state)
{
	struct place *place = *state;

	write_blocks(place->fd, 0, BLOCKS);
	begin(place, true);
	EXPECT(place, true, .blocks = BLOCKS, .adopted = BLOCKS);
	end(place, false);
	fake_reboot(place);
	flip(place->fd, 3);
	flip(place->fd, 590);
	/* Nor does a dropped one get back what it had, when another is adopted. */
	write_blocks(place->fd, BLOCKS, BLOCKS + 1);
	begin(place, false);
	EXPECT(place, true, .blocks = BLOCKS + 1, .verified = BLOCKS - 2,
	       .dropped = 2, .adopted = 1);
	EXPECT(place, false, .blocks = BLOCKS + 1, .verified = BLOCKS - 1,
	       .unverified = 2);
	EXPECT(place, true, .blocks = BLOCKS + 1, .verified = BLOCKS - 1,
	       .adopted = 2);
	EXPECT(place, false, .blocks = BLOCKS + 1, .verified = BLOCKS + 1);
	end(place, true);
}

static void what_ended_in_order_is_vouched_for_after_a_reboot(void **state)
{
	struct place *place = *state;

	write_blocks(place->fd, 0, BLOCKS);
	begin(place, true);
	EXPECT(place, true, .blocks = BLOCKS, .adopted = BLOCKS);
	end(place, true);
	fake_reboot(place);
	flip(place->fd, 3);
	begin(place, false);
	EXPECT(place, false, .blocks = BLOCKS, .verified = BLOCKS - 1,
	       .mismatched = 1);
	end(place, true);
}

static void holes_are_no_blocks_and_zeros_are(void **state)
{
	static const uint8_t zeros[2 * DIGEST_BLOCK];
	struct place *place = *state;

	assert_int_equal(ftruncate(place->fd, 100 * DIGEST_BLOCK), 0);
	write_blocks(place->fd, 10, 11);
	assert_int_equal(pwrite(place->fd, zeros, sizeof(zeros),
				20 * DIGEST_BLOCK), sizeof(zeros));
	if (lseek(place->fd, 0, SEEK_DATA) == 0)
		skip();
	begin(place, true);
	EXPECT(place, true, .blocks = 3, .adopted = 3);
	EXPECT(place, false, .blocks = 3, .verified = 3);
	end(place, true);
}

static void a_lost_block_is_no_hole(void **state)
{
	struct place *place = *state;

	write_blocks(place->fd, 0, BLOCKS);
	begin(place, true);
	EXPECT(place, true, .blocks = BLOCKS, .adopted = BLOCKS);
	assert_int_equal(ftruncate(place->fd, 100 * DIGEST_BLOCK), 0);
	assert_int_equal(ftruncate(place->fd, 102 * DIGEST_BLOCK), 0);
	EXPECT(place, false, .blocks = 102, .verified = 100, .mismatched = 2);
	assert_int_equal(place->found[0].block, 100);
	assert_int_equal(place->found[1].block, 101);
	end(place, true);
}

static void a_block_cut_by_the_end_is_padded(void **state)
{
	struct place *place = *state;

	write_blocks(place->fd, 0, 3);
	assert_int_equal(ftruncate(place->fd, 2 * DIGEST_BLOCK + 100), 0);
	begin(place, true);
	EXPECT(place, true, .blocks = 3, .adopted = 3);
	/* Zeros behind the end change nothing. */
	assert_int_equal(ftruncate(place->fd, 3 * DIGEST_BLOCK), 0);
	EXPECT(place, false, .blocks = 3, .verified = 3);
	end(place, true);
}

static void next_leaps_over_holes(void **state)
{
	struct place *place = *state;
	const uint64_t far = (1ULL << 28) - 1;
	struct csum_scrub look = { .fd = place->fd,
				   .size = (far + 1) * DIGEST_BLOCK };

	if (ftruncate(place->fd, (off_t)look.size))
		skip();
	write_blocks(place->fd, 10, 11);
	write_blocks(place->fd, far, far + 1);
	if (lseek(place->fd, 0, SEEK_DATA) == 0)
		skip();
	assert_in_range(csum_scrub_next(&look, 0), 1, 10);
	assert_int_equal(csum_scrub_next(&look, 10), 10);
	assert_in_range(csum_scrub_next(&look, 100), far - 512, far);
	assert_int_equal(csum_scrub_next(&look, far), far);
	assert_true(csum_scrub_next(&look, far + 1) == UINT64_MAX);
}

static void next_finds_checksums_in_holes(void **state)
{
	struct place *place = *state;
	struct csum_scrub look = { .fd = place->fd,
				   .size = (off_t)BLOCKS * DIGEST_BLOCK };

	write_blocks(place->fd, 0, BLOCKS);
	begin(place, true);
	EXPECT(place, true, .blocks = BLOCKS, .adopted = BLOCKS);
	assert_int_equal(ftruncate(place->fd, 0), 0);
	assert_int_equal(ftruncate(place->fd, (off_t)look.size), 0);
	look.file = place->file;
	assert_int_equal(csum_scrub_next(&look, 580), 580);
	look.file = NULL;
	assert_true(csum_scrub_next(&look, 580) == UINT64_MAX);
	end(place, true);
}

/* ---- places ---- */

static int make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->path, "/tmp/pinfs-csumscrub-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	place->source = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(place->source, "state", 0700), 0);
	place->state = openat(place->source, "state", O_RDONLY | O_DIRECTORY |
			      O_CLOEXEC);
	place->fd = openat(place->source, "file", O_RDWR | O_CREAT | O_CLOEXEC,
			   0600);
	assert_true(place->state >= 0 && place->fd >= 0);
	*state = place;
	return 0;
}

static int remove_one(const char *path, const struct stat *attr UNUSED,
		      int type UNUSED, struct FTW *where UNUSED)
{
	return remove(path);
}

static int remove_place(void **state)
{
	struct place *place = *state;

	if (place->store)
		end(place, true);
	close(place->fd);
	close(place->state);
	close(place->source);
	nftw(place->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(place);
	return 0;
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(without_checksums_all_is_unverified),
		CASE(adopted_blocks_match),
		CASE(a_flip_is_told_with_both_checksums),
		CASE(a_block_that_nobody_vouches_for_is_dropped),
		CASE(what_ended_in_order_is_vouched_for_after_a_reboot),
		CASE(holes_are_no_blocks_and_zeros_are),
		CASE(a_lost_block_is_no_hole),
		CASE(a_block_cut_by_the_end_is_padded),
		CASE(next_leaps_over_holes),
		CASE(next_finds_checksums_in_holes),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
