/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checksums of one file: what is stored where, changing and losing them. */
#include "csum-bench.h"

#include <pthread.h>
#include <sys/syscall.h>

/* ---- fallocate(2), counted, and what somebody else does meanwhile ---- */

static atomic_uint punches;
static _Atomic(void (*)(void)) meanwhile;

int fallocate(int fd, int mode, off_t off, off_t len)
{
	void (*fn)(void) = atomic_exchange(&meanwhile, NULL);

	atomic_fetch_add(&punches, 1);
	if (fn)
		fn();
	return (int)syscall(SYS_fallocate, fd, mode, off, len);
}

static int set_up_file(void **context)
{
	int err = set_up(context);

	punches = 0;
	begin_session(1);
	open_file(true);
	return err;
}

/* ---- changing ---- */

/* Unverified from begin on; end without checksums leaves it so. */
static void a_change_is_unverified_first(UNUSED void **context)
{
	uint64_t digest = write_block(3, 5);

	assert_int_equal(csum_file_begin(file, data_fd, 3, 1), 0);
	assert_int_equal(digest_on_disk(3), CSUM_UNVERIFIED);
	csum_file_end(file, 3, 1, &digest);
	assert_int_equal(digest_on_disk(3), digest);
	assert_int_equal(csum_file_begin(file, data_fd, 3, 1), 0);
	csum_file_end(file, 3, 1, NULL);
	assert_int_equal(stored(3), CSUM_UNVERIFIED);
}

/* The words that say something else are never a checksum. */
static void no_checksum_is_a_word(UNUSED void **context)
{
	uint8_t bytes[DIGEST_BLOCK] = { 0 };

	for (unsigned int i = 0; i < 20000; i++) {
		memcpy(bytes, &i, sizeof(i));
		assert_true(csum_of_block(bytes, sizeof(bytes)) > CSUM_BAD);
	}
	assert_int_equal(csum_of_block(bytes, 10),
			 csum_of_block(bytes, sizeof(bytes)));
}

/* Across the ends of regions and groups nothing is mixed up or lost. */
static void boundaries_are_crossed(UNUSED void **context)
{
	static const uint64_t edges[] = {
		CSUM_REGION_BLOCKS, CSUM_GROUP_BLOCKS,
		CSUM_GROUP_BLOCKS + CSUM_REGION_BLOCKS, 5 * CSUM_GROUP_BLOCKS,
		1ULL << 32,
	};
	uint64_t digests[1200];
	uint64_t got[ARRAY_SIZE(digests) + 2];

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		/* Regions around are whole, so that they share records. */
		uint64_t first = edges[i] - MIN(edges[i], 600ULL);

		for (size_t at = 0; at < ARRAY_SIZE(digests); at++)
			digests[at] = (i + 1) * 100000 + at;
		assert_int_equal(csum_file_begin(file, data_fd, first,
						 ARRAY_SIZE(digests)), 0);
		csum_file_end(file, first, ARRAY_SIZE(digests), digests);
		if (first)
			assert_int_equal(csum_file_read(file, first - 1,
				ARRAY_SIZE(got), got), 0);
		else
			continue;
		assert_memory_equal(got + 1, digests, sizeof(digests));
		for (uint64_t region = first / CSUM_REGION_BLOCKS;
		     region <= (first + 1199) / CSUM_REGION_BLOCKS; region++)
			assert_int_equal(record_on_disk(region),
					 store->session);
	}
}

/* No two places of a file of checksums are the same. */
static void places_do_not_overlap(UNUSED void **context)
{
	off_t last = CSUM_HEADER_BYTES - 8;

	for (uint64_t group = 0; group < 3; group++) {
		uint64_t block = group * CSUM_GROUP_BLOCKS;
		uint64_t region = group * CSUM_GROUP_REGIONS;

		assert_int_equal(csum_record_at(region), last + 8);
		last = csum_record_at(region + CSUM_GROUP_REGIONS - 1) - 4;
		assert_int_equal(csum_digest_at(block), last + 8);
		last = csum_digest_at(block + CSUM_GROUP_BLOCKS - 1);
	}
}

/* The bound computed from a size is the first block whose place is behind. */
static void the_end_is_that_of_the_size(UNUSED void **context)
{
	static const uint64_t blocks[] = {
		0, 1, 511, 512, CSUM_GROUP_BLOCKS - 1, CSUM_GROUP_BLOCKS,
		CSUM_GROUP_BLOCKS + 1, (1ULL << 31) + 1, 1ULL << 40,
	};

	assert_int_equal(csum_file_end_of(0), 0);
	assert_int_equal(csum_file_end_of(CSUM_HEADER_BYTES + 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		off_t at = csum_digest_at(blocks[i]);

		assert_int_equal(csum_file_end_of(at), blocks[i]);
		assert_int_equal(csum_file_end_of(at + 1), blocks[i] + 1);
		assert_int_equal(csum_file_end_of(at + 8), blocks[i] + 1);
	}
}

/* Blocks far out: found again, nothing between, and no room taken. */
static void far_out_costs_nothing(UNUSED void **context)
{
	const uint64_t far = 1ULL << 40;	/* at 4 PiB of the file */
	uint64_t digest = 77;
	struct stat attr;
	int fd;

	write_block(2, 1);
	if (csum_file_begin(file, data_fd, far, 1))
		skip();		/* files cannot be that large here */
	csum_file_end(file, far, 1, &digest);
	assert_int_equal(stored(far), 77);
	assert_int_equal(stored(far - 1), CSUM_UNVERIFIED);
	assert_int_equal(stored(far + 1), CSUM_UNVERIFIED);
	assert_int_equal(csum_file_next(file, far), far);
	assert_int_equal(csum_file_next(file, far + 1), UINT64_MAX);
	assert_true(csum_file_next(file, 3000) > 3000);
	assert_true(csum_file_next(file, 3000) <= far);
	fd = open_at(store->dir_fd, file->path, O_RDONLY);
	assert_int_equal(fstat(fd, &attr), 0);
	close(fd);
	assert_true(attr.st_blocks * 512 < 256 << 10);
	/* One call for each group in between could take hours. */
	discard(0, UINT64_MAX);
	assert_true(punches <= 4);
	assert_int_equal(stored(far), CSUM_UNVERIFIED);
	assert_int_equal(digest_on_disk(far), CSUM_UNVERIFIED);
	assert_int_equal(digest_on_disk(2), CSUM_UNVERIFIED);
	assert_int_equal(file->end, 0);
}

/* ---- discarding ---- */

/* Whole blocks and no others, in one group and across. */
static void what_is_discarded_is_unverified(UNUSED void **context)
{
	static const uint64_t at[] = {
		0, 5, 6, 9, 10, CSUM_GROUP_BLOCKS - 1, CSUM_GROUP_BLOCKS,
		CSUM_GROUP_BLOCKS + 7,
	};
	uint64_t digests[ARRAY_SIZE(at)];

	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		digests[i] = write_block(at[i], (uint8_t)(i + 1));
	discard(6, 10);
	assert_int_equal(stored(5), digests[1]);
	assert_int_equal(stored(6), CSUM_UNVERIFIED);
	assert_int_equal(stored(9), CSUM_UNVERIFIED);
	assert_int_equal(stored(10), digests[4]);
	discard(10, CSUM_GROUP_BLOCKS + 7);
	assert_int_equal(stored(10), CSUM_UNVERIFIED);
	assert_int_equal(stored(CSUM_GROUP_BLOCKS - 1), CSUM_UNVERIFIED);
	assert_int_equal(stored(CSUM_GROUP_BLOCKS), CSUM_UNVERIFIED);
	assert_int_equal(stored(CSUM_GROUP_BLOCKS + 7), digests[7]);
	assert_int_equal(file->end, CSUM_GROUP_BLOCKS + 8);
	discard(1, UINT64_MAX);
	assert_int_equal(file->end, 1);
	assert_int_equal(stored(0), digests[0]);
	assert_int_equal(digest_on_disk(5), CSUM_UNVERIFIED);
}

/* What lies behind a bound that was lowered does not come back with another. */
static void nothing_comes_back(UNUSED void **context)
{
	write_block(5, 1);
	write_block(20, 2);
	discard(3, UINT64_MAX);
	write_block(30, 3);
	assert_int_equal(stored(5), CSUM_UNVERIFIED);
	assert_int_equal(stored(20), CSUM_UNVERIFIED);
	crash();
	begin_session(1);
	open_file(false);
	assert_int_equal(stored(20), CSUM_UNVERIFIED);
	assert_int_not_equal(stored(30), CSUM_UNVERIFIED);
}

static void write_block_20(void)
{
	write_block(20, 2);
}

/* What another one puts behind the end while the last blocks are discarded. */
static void the_end_may_be_raised_meanwhile(UNUSED void **context)
{
	write_block(7, 1);
	meanwhile = write_block_20;
	discard(5, 10);
	assert_null(atomic_load(&meanwhile));
	assert_int_equal(stored(7), CSUM_UNVERIFIED);
	assert_int_not_equal(stored(20), CSUM_UNVERIFIED);
	assert_int_equal(csum_file_begin(file, data_fd, 20, 1), 0);
	assert_int_equal(digest_on_disk(20), CSUM_UNVERIFIED);
	csum_file_end(file, 20, 1, NULL);
}

/* A block whose mismatch nobody is to blame for. */
static void one_can_be_dropped(UNUSED void **context)
{
	uint64_t digest = write_block(3, 5);

	write_block(4, 6);
	csum_file_drop(file, 4);
	assert_int_equal(stored(4), CSUM_UNVERIFIED);
	assert_int_equal(stored(3), digest);
}

/* ---- resting and the end ---- */

/* The descriptor goes at once or with its last user, and comes back. */
static void a_file_at_rest_has_no_descriptor(UNUSED void **context)
{
	uint64_t digest = write_block(3, 5);

	assert_true(file->fd >= 0);
	csum_file_rest(file);
	assert_int_equal(file->fd, -1);
	assert_int_equal(stored(3), digest);
	assert_true(file->fd >= 0);
	assert_int_equal(csum_file_begin(file, data_fd, 4, 1), 0);
	csum_file_rest(file);
	assert_true(file->fd >= 0);
	csum_file_end(file, 4, 1, NULL);
	assert_int_equal(file->fd, -1);
}

/* Removed checksums are gone, and change nothing of what others do. */
static void what_is_removed_is_gone(UNUSED void **context)
{
	write_block(3, 5);
	csum_file_remove(file);
	assert_int_equal(stored(3), CSUM_UNVERIFIED);
	assert_int_equal(csum_file_begin(file, data_fd, 3, 1), -ENOENT);
	assert_int_equal(csum_file_sync_end(file, 0), 0);
	assert_false(csum_file_is_abandoned(file));
	crash();
	begin_session(1);
	open_file(false);
	assert_null(file);
}

static void they_can_be_abandoned(UNUSED void **context)
{
	write_block(3, 5);
	assert_false(csum_file_is_abandoned(file));
	assert_int_equal(csum_file_abandon(file), 0);
	assert_true(csum_file_is_abandoned(file));
	assert_int_equal(csum_file_begin(file, data_fd, 3, 1), -ENOENT);
	assert_int_equal(csum_file_abandon(file), 0);
	crash();
	begin_session(1);
	open_file(false);
	assert_null(file);
}

/* When they cannot be, bytes must not change: they would be accused. */
static void who_cannot_abandon_says_so(UNUSED void **context)
{
	write_block(3, 5);
	assert_int_equal(unlinkat(store->dir_fd, file->path, 0), 0);
	assert_int_equal(mkdirat(store->dir_fd, file->path, 0700), 0);
	assert_int_equal(csum_file_abandon(file), -EISDIR);
	assert_false(csum_file_is_abandoned(file));
	assert_int_equal(unlinkat(store->dir_fd, file->path, AT_REMOVEDIR), 0);
	assert_int_equal(csum_file_abandon(file), 0);
	assert_true(csum_file_is_abandoned(file));
}

/* Somebody has removed the whole store: there is nothing to abandon. */
static void abandoning_nothing_succeeds(UNUSED void **context)
{
	char dir[3] = { file->path[0], file->path[1], '\0' };

	write_block(3, 5);
	assert_int_equal(unlinkat(store->dir_fd, file->path, 0), 0);
	assert_int_equal(unlinkat(store->dir_fd, dir, AT_REMOVEDIR), 0);
	assert_int_equal(csum_file_abandon(file), 0);
}

/* ---- several at once: each owns its blocks ---- */

enum { THREADS = 6, ROUNDS = 1500, OWN_BLOCKS = 40, STRIDE = 300 };

struct owner {
	pthread_t thread;
	uint64_t first;
	uint64_t digests[OWN_BLOCKS];	/* what must be stored */
	unsigned int seed;
	unsigned int wrong;
};

static void change(struct owner *owner, uint64_t at, size_t count)
{
	bool keep = rand_r(&owner->seed) % 8;

	if (csum_file_begin(file, data_fd, owner->first + at, count)) {
		owner->wrong++;
		return;
	}
	for (size_t i = 0; i < count; i++)
		owner->digests[at + i] = keep ?
			2 + (unsigned int)rand_r(&owner->seed) :
			CSUM_UNVERIFIED;
	csum_file_end(file, owner->first + at, count,
		      keep ? owner->digests + at : NULL);
}

static void look(struct owner *owner, uint64_t at, size_t count)
{
	uint64_t got[OWN_BLOCKS];

	if (csum_file_read(file, owner->first + at, count, got) ||
	    memcmp(got, owner->digests + at, count * 8))
		owner->wrong++;
}

static void remove_some(struct owner *owner, uint64_t at, size_t count)
{
	if (csum_file_discard(file, owner->first + at,
			      owner->first + at + count)) {
		owner->wrong++;
		return;
	}
	memset(owner->digests + at, 0, count * 8);
	csum_file_discarded(file);
}

static void fsync_file(struct owner *owner)
{
	uint64_t begun = csum_file_sync_begin(file);

	if (csum_file_sync_end(file, begun))
		owner->wrong++;
}

static void *own(void *context)
{
	struct owner *owner = context;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t at = (uint64_t)rand_r(&owner->seed) % OWN_BLOCKS;
		size_t count = 1 + (size_t)rand_r(&owner->seed) %
			       (OWN_BLOCKS - at);
		int what = rand_r(&owner->seed) % 20;

		if (what < 8)
			change(owner, at, count);
		else if (what < 14)
			look(owner, at, count);
		else if (what < 17)
			remove_some(owner, at, count);
		else if (what < 18)
			fsync_file(owner);
		else
			csum_file_rest(file);
	}
	look(owner, 0, OWN_BLOCKS);
	return NULL;
}

static void owners_do_not_disturb_each_other(UNUSED void **context)
{
	static struct owner owners[THREADS];

	for (unsigned int i = 0; i < THREADS; i++) {
		owners[i] = (struct owner){ .first = i * STRIDE, .seed = i };
		assert_int_equal(pthread_create(&owners[i].thread, NULL, own,
						&owners[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(owners[i].thread, NULL);
		assert_int_equal(owners[i].wrong, 0);
	}
	csum_file_close(steal_ptr(file));
	open_file(false);
	assert_int_equal(found, CSUM_FOUND_KEPT);
	for (unsigned int i = 0; i < THREADS; i++) {
		look(&owners[i], 0, OWN_BLOCKS);
		assert_int_equal(owners[i].wrong, 0);
	}
}

#define FILE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up_file, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FILE_TEST(a_change_is_unverified_first),
		FILE_TEST(no_checksum_is_a_word),
		FILE_TEST(boundaries_are_crossed),
		FILE_TEST(places_do_not_overlap),
		FILE_TEST(the_end_is_that_of_the_size),
		FILE_TEST(far_out_costs_nothing),
		FILE_TEST(what_is_discarded_is_unverified),
		FILE_TEST(nothing_comes_back),
		FILE_TEST(the_end_may_be_raised_meanwhile),
		FILE_TEST(one_can_be_dropped),
		FILE_TEST(a_file_at_rest_has_no_descriptor),
		FILE_TEST(what_is_removed_is_gone),
		FILE_TEST(they_can_be_abandoned),
		FILE_TEST(who_cannot_abandon_says_so),
		FILE_TEST(abandoning_nothing_succeeds),
		FILE_TEST(owners_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests_name("csumfile", tests, NULL, NULL);
}
