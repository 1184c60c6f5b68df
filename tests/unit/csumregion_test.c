/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of regions: when one is sealed and opened, whom it blames, in this boot
 * and in the next one; and what fdatasync(2) was called for, which this program
 * answers itself.
 */
#include "csum-bench.h"

#include <sys/syscall.h>

#include "common/clock.h"

/* ---- fdatasync(2), counted ---- */

static unsigned int syncs;	/* of files of checksums */
static uint32_t synced_record;	/* that of region 0 then */
static unsigned int failures;	/* so many fail from now on */

int fdatasync(int fd)
{
	struct stat attr;
	uint32_t record = 0;

	assert_int_equal(fstat(fd, &attr), 0);
	if (attr.st_size <= CSUM_HEADER_BYTES || fd == data_fd)
		return (int)syscall(SYS_fdatasync, fd);
	if (failures) {
		failures--;
		errno = EIO;
		return -1;
	}
	syncs++;
	assert_true(fdio_pread(fd, &record, 4, csum_record_at(0)) >= 0);
	synced_record = le32toh(record);
	return (int)syscall(SYS_fdatasync, fd);
}

static int set_up_file(void **context)
{
	int err = set_up(context);

	begin_session(1);
	open_file(true);
	syncs = 0;
	failures = 0;
	return err;
}

static void next_session(uint8_t boot)
{
	begin_session(boot);
	open_file(false);
	assert_int_equal(found, CSUM_FOUND_KEPT);
	syncs = 0;
}

/* ---- sealing ---- */

/* A new region is opened without a barrier, and sealed by fsync. */
static void fsync_seals(UNUSED void **context)
{
	write_block(3, 1);
	write_block(CSUM_REGION_BLOCKS, 1);
	assert_int_equal(record_on_disk(0), 1);
	assert_int_equal(syncs, 0);
	sync_file();
	assert_int_equal(record_on_disk(0), CSUM_SEALED);
	assert_int_equal(record_on_disk(1), CSUM_SEALED);
	assert_int_equal(record_on_disk(2), 0);
	/* The checksums were on the disk before the record said so. */
	assert_int_equal(synced_record, 1);
}

/* A change after fsync began is not covered by it. */
static void a_later_change_is_not_sealed(UNUSED void **context)
{
	uint64_t begun;

	write_block(3, 1);
	write_block(CSUM_REGION_BLOCKS, 1);
	begun = csum_file_sync_begin(file);
	write_block(4, 1);
	assert_int_equal(csum_file_sync_end(file, begun), 0);
	assert_int_equal(record_on_disk(0), 1);
	assert_int_equal(record_on_disk(1), CSUM_SEALED);
	sync_file();
	assert_int_equal(record_on_disk(0), CSUM_SEALED);
}

/* Nor is one that began before it and has not ended. */
static void a_change_under_way_is_not_sealed(UNUSED void **context)
{
	uint64_t begun;

	assert_int_equal(csum_file_begin(file, data_fd, 3, 1), 0);
	assert_int_equal(csum_file_begin(file, data_fd, 4, 1), 0);
	csum_file_end(file, 4, 1, NULL);
	begun = csum_file_sync_begin(file);
	assert_int_equal(csum_file_sync_end(file, begun), 0);
	assert_int_equal(record_on_disk(0), 1);
	csum_file_end(file, 3, 1, NULL);
	assert_int_equal(csum_file_sync_end(file, begun), 0);
	assert_int_equal(record_on_disk(0), 1);
	sync_file();
	assert_int_equal(record_on_disk(0), CSUM_SEALED);
}

/* While something is discarded nothing is sealed, nor what it may have met. */
static void a_discard_holds_sealing_up(UNUSED void **context)
{
	uint64_t begun;

	write_block(3, 1);
	begun = csum_file_sync_begin(file);
	assert_int_equal(csum_file_discard(file, 2, 5), 0);
	assert_int_equal(csum_file_sync_end(file, begun), 0);
	assert_int_equal(record_on_disk(0), 1);
	csum_file_discarded(file);
	assert_int_equal(csum_file_sync_end(file, begun), 0);
	assert_int_equal(record_on_disk(0), 1);
	sync_file();
	assert_int_equal(record_on_disk(0), CSUM_SEALED);
}

/* Without the checksums on the disk nothing is sealed; by a later sync neither. */
static void a_failed_sync_seals_nothing(UNUSED void **context)
{
	write_block(3, 1);
	failures = 1;
	assert_int_equal(csum_file_sync_end(file, csum_file_sync_begin(file)),
			 -EIO);
	assert_int_equal(record_on_disk(0), 1);
	sync_file();
	assert_int_equal(record_on_disk(0), 1);
}

/* ---- opening ---- */

/* A sealed region is open on the disk, durably, before its bytes change. */
static void opening_is_durable_first(UNUSED void **context)
{
	write_block(3, 1);
	sync_file();
	syncs = 0;
	assert_int_equal(csum_file_begin(file, data_fd, 3, 1), 0);
	assert_int_equal(record_on_disk(0), 1);
	assert_int_equal(syncs, 1);
	assert_int_equal(synced_record, 1);
	csum_file_end(file, 3, 1, NULL);
	/* Once: then it is open. */
	write_block(4, 1);
	assert_int_equal(syncs, 1);
}

/* So is one of a session that has ended, found again or known. */
static void what_a_session_left_is_opened_durably(UNUSED void **context)
{
	write_block(3, 1);
	end_session();
	next_session(1);
	assert_int_equal(record_on_disk(0), 1);
	write_block(4, 1);
	assert_int_equal(synced_record, 2);
	assert_int_equal(syncs, 1);
}

/* When that fails nothing has begun, and it is not forgotten. */
static void a_failed_opening_is_repeated(UNUSED void **context)
{
	write_block(3, 1);
	end_session();
	next_session(1);
	failures = 1;
	assert_int_equal(csum_file_begin(file, data_fd, 3, 1), -EIO);
	assert_int_equal(syncs, 0);
	assert_int_equal(csum_file_begin(file, data_fd, 3, 1), 0);
	assert_int_equal(syncs, 1);
	csum_file_end(file, 3, 1, NULL);
	sync_file();
	assert_int_equal(record_on_disk(0), CSUM_SEALED);
}

/* What would be trusted after a power cut goes from the disk before the hole. */
static void discarding_is_durable_first(UNUSED void **context)
{
	write_block(3, 1);
	discard(3, 4);
	assert_int_equal(syncs, 0);
	write_block(3, 1);
	sync_file();
	syncs = 0;
	assert_int_equal(csum_file_discard(file, 3, 4), 0);
	assert_int_equal(syncs, 1);
	csum_file_discarded(file);
	assert_int_equal(record_on_disk(0), CSUM_SEALED);
}

/* Written and synced in turn: open until it has been quiet for a second. */
static void a_hot_region_stays_open(UNUSED void **context)
{
	uint64_t deadline;

	write_block(3, 1);
	sync_file();
	write_block(3, 2);
	sync_file();
	assert_int_equal(record_on_disk(0), 1);
	syncs = 0;
	write_block(3, 3);
	assert_int_equal(syncs, 0);
	deadline = clock_deadline_ns(20 * CLOCK_NS_PER_SEC);
	while (record_on_disk(0) != CSUM_SEALED) {
		assert_true(clock_now_ns() < deadline);
		clock_sleep_ns(50 * CLOCK_NS_PER_MS);
		sync_file();
	}
	/* Opened long after: not hot any more. */
	clock_sleep_ns(1100 * CLOCK_NS_PER_MS);
	write_block(3, 4);
	sync_file();
	assert_int_equal(record_on_disk(0), CSUM_SEALED);
}

/* Resting forgets sealed regions only. */
static void resting_keeps_what_is_open(UNUSED void **context)
{
	write_block(3, 1);
	write_block(CSUM_REGION_BLOCKS, 1);
	assert_int_equal(file->regions.count, 2);
	csum_file_rest(file);
	assert_int_equal(file->regions.count, 2);
	sync_file();
	write_block(CSUM_REGION_BLOCKS, 2);
	csum_file_rest(file);
	assert_int_equal(file->regions.count, 1);
	assert_int_equal(record_on_disk(0), CSUM_SEALED);
	sync_file();
	write_block(3, 1);
	assert_int_equal(record_on_disk(0), 1);
}

/* ---- who is blamed ---- */

/* Block 3 has been changed in region @record's way; in which boot is it blamed? */
static bool is_blamed(uint8_t boot)
{
	next_session(boot);
	write_bytes(3, 99);
	return csum_file_blames(file, 3, stored(3));
}

/* Killed: all that was written is exact. */
static void after_a_kill_bytes_are_blamed(UNUSED void **context)
{
	write_block(3, 1);
	crash();
	assert_true(is_blamed(1));
}

static void after_a_power_cut_nobody_is(UNUSED void **context)
{
	write_block(3, 1);
	crash();
	assert_false(is_blamed(2));
}

static void what_was_sealed_is_blamed(UNUSED void **context)
{
	write_block(3, 1);
	sync_file();
	crash();
	assert_true(is_blamed(2));
}

static void what_was_opened_again_is_not(UNUSED void **context)
{
	write_block(3, 1);
	sync_file();
	write_block(4, 1);
	crash();
	assert_false(is_blamed(2));
}

static void what_ended_in_order_is_blamed(UNUSED void **context)
{
	write_block(3, 1);
	end_session();
	/* A session that does nothing changes nothing. */
	next_session(2);
	crash();
	next_session(3);
	crash();
	assert_true(is_blamed(4));
}

/* A block of a new region that only begun is none that could be blamed. */
static void other_regions_do_not_count(UNUSED void **context)
{
	write_block(3, 1);
	sync_file();
	write_block(CSUM_REGION_BLOCKS, 1);
	crash();
	assert_true(is_blamed(2));
	assert_false(csum_file_trusts(file, CSUM_REGION_BLOCKS));
}

/* ---- settling ---- */

/* Opened in a later boot: what does not match is unverified, the rest is exact. */
static void an_untrusted_region_is_settled(UNUSED void **context)
{
	uint64_t digest = write_block(3, 1);

	write_block(4, 1);
	write_block(CSUM_REGION_BLOCKS, 1);
	crash();
	write_bytes(4, 2);	/* lost */
	write_bytes(CSUM_REGION_BLOCKS, 2);
	next_session(2);
	write_block(100, 1);
	assert_int_equal(record_on_disk(0), 2);
	assert_int_equal(stored(3), digest);
	assert_int_equal(stored(4), CSUM_UNVERIFIED);
	assert_true(csum_file_trusts(file, 3));
	/* Of the other nobody knows yet. */
	assert_int_equal(record_on_disk(1), 1);
	assert_int_not_equal(stored(CSUM_REGION_BLOCKS), CSUM_UNVERIFIED);
	assert_false(csum_file_trusts(file, CSUM_REGION_BLOCKS));
}

/* A trusted one is not: its mismatches are the bytes' fault. */
static void a_trusted_region_is_not_settled(UNUSED void **context)
{
	uint64_t digest = write_block(3, 1);

	sync_file();
	crash();
	write_bytes(3, 2);
	next_session(2);
	write_block(4, 1);
	assert_int_equal(stored(3), digest);
	assert_true(csum_file_blames(file, 3, digest));
	crash();
	next_session(2);
	write_block(5, 1);
	assert_int_equal(stored(3), digest);
}

/* What was known to be bad stays so. */
static void bad_is_not_settled(UNUSED void **context)
{
	uint64_t bad = CSUM_BAD;

	assert_int_equal(csum_file_begin(file, data_fd, 3, 1), 0);
	write_bytes(3, 1);
	csum_file_end(file, 3, 1, &bad);
	crash();
	next_session(2);
	write_block(4, 1);
	assert_int_equal(stored(3), CSUM_BAD);
	assert_true(csum_file_blames(file, 3, CSUM_BAD));
}

/*
 * A reader has the checksum, and the region is opened before it asks whether it
 * counts: the block was settled, and is not to blame.
 */
static void settling_meanwhile_blames_nobody(UNUSED void **context)
{
	uint64_t digest = write_block(3, 1);

	crash();
	write_bytes(3, 2);
	next_session(2);
	assert_int_equal(stored(3), digest);
	assert_false(csum_file_blames(file, 3, digest));
	write_block(4, 1);
	assert_true(csum_file_trusts(file, 3));
	assert_false(csum_file_blames(file, 3, digest));
}

/* Bytes that cannot be read cannot be settled in their favour. */
static void unreadable_bytes_are_unverified(UNUSED void **context)
{
	int fd = open_at(source_fd, "data", O_WRONLY);

	write_block(3, 1);
	crash();
	next_session(2);
	assert_int_equal(csum_file_begin(file, fd, 4, 1), 0);
	csum_file_end(file, 4, 1, NULL);
	assert_int_equal(stored(3), CSUM_UNVERIFIED);
	close(fd);
}

#define REGION_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up_file, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		REGION_TEST(fsync_seals),
		REGION_TEST(a_later_change_is_not_sealed),
		REGION_TEST(a_change_under_way_is_not_sealed),
		REGION_TEST(a_discard_holds_sealing_up),
		REGION_TEST(a_failed_sync_seals_nothing),
		REGION_TEST(opening_is_durable_first),
		REGION_TEST(what_a_session_left_is_opened_durably),
		REGION_TEST(a_failed_opening_is_repeated),
		REGION_TEST(discarding_is_durable_first),
		REGION_TEST(a_hot_region_stays_open),
		REGION_TEST(resting_keeps_what_is_open),
		REGION_TEST(after_a_kill_bytes_are_blamed),
		REGION_TEST(after_a_power_cut_nobody_is),
		REGION_TEST(what_was_sealed_is_blamed),
		REGION_TEST(what_was_opened_again_is_not),
		REGION_TEST(what_ended_in_order_is_blamed),
		REGION_TEST(other_regions_do_not_count),
		REGION_TEST(an_untrusted_region_is_settled),
		REGION_TEST(a_trusted_region_is_not_settled),
		REGION_TEST(bad_is_not_settled),
		REGION_TEST(settling_meanwhile_blames_nobody),
		REGION_TEST(unreadable_bytes_are_unverified),
	};

	return cmocka_run_group_tests_name("csumregion", tests, NULL, NULL);
}
