/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sessions: whose checksums and whose stamps prove something later, in the same
 * boot and in another one.
 */
#include "csum-bench.h"

#include "common/log.h"

static int sessions_file(int flags)
{
	return open_at(state_fd, "csum/sessions", flags);
}

/* Sessions are numbered from 1 on, each with a record. */
static void sessions_are_numbered(UNUSED void **context)
{
	struct stat attr;
	int fd;

	for (uint32_t i = 1; i <= 3; i++) {
		begin_session(1);
		assert_int_equal(store->session, i);
		crash();
	}
	fd = sessions_file(O_RDONLY);
	assert_int_equal(fstat(fd, &attr), 0);
	assert_int_equal(attr.st_size, sizeof(struct csum_disk_sessions) +
			 3 * sizeof(struct csum_disk_session));
	close(fd);
}

/* What nobody has written, and what is sealed. */
static void some_records_are_no_session(UNUSED void **context)
{
	begin_session(1);
	assert_false(csum_store_trusts(store, 0));
	assert_false(csum_store_is_durable(store, 0));
	assert_true(csum_store_trusts(store, CSUM_SEALED));
	assert_true(csum_store_is_durable(store, CSUM_SEALED));
	assert_true(csum_store_trusts(store, store->session));
	assert_false(csum_store_is_durable(store, store->session));
	/* From the future. */
	assert_false(csum_store_trusts(store, store->session + 1));
	assert_false(csum_store_is_durable(store, store->session + 1));
}

/* A crashed session is trusted while its boot lasts. */
static void a_crash_is_trusted_in_its_boot(UNUSED void **context)
{
	begin_session(1);
	crash();
	begin_session(1);
	assert_true(csum_store_trusts(store, 1));
	assert_false(csum_store_is_durable(store, 1));
	crash();
	begin_session(2);
	assert_false(csum_store_trusts(store, 1));
	assert_false(csum_store_trusts(store, 2));
	crash();
	/* Nor when the boot is a third one, or the first one's again. */
	begin_session(3);
	assert_false(csum_store_trusts(store, 1));
	assert_false(csum_store_trusts(store, 3));
}

/* One that ended in order is trusted for ever. */
static void an_end_is_trusted_in_every_boot(UNUSED void **context)
{
	begin_session(1);
	assert_int_equal(csum_store_change(store), 0);
	end_session();
	begin_session(2);
	assert_true(csum_store_trusts(store, 1));
	assert_true(csum_store_is_durable(store, 1));
}

/* One whose bytes could not be synced ended, and no more. */
static void an_end_without_sync_is_not_durable(UNUSED void **context)
{
	begin_session(1);
	assert_int_equal(csum_store_change(store), 0);
	csum_store_end(store, -1);	/* SOURCE cannot be synced */
	crash();
	begin_session(2);
	assert_false(csum_store_trusts(store, 1));
	assert_true(csum_store_stamp_holds(store, 1));
}

/* Stamps hold when all sessions since have ended in order. */
static void stamps_hold_until_a_crash(UNUSED void **context)
{
	begin_session(1);
	assert_int_equal(store->stamps_from, 1);
	end_session();
	begin_session(1);
	assert_true(csum_store_stamp_holds(store, 1));
	assert_false(csum_store_stamp_holds(store, 0));
	assert_false(csum_store_stamp_holds(store, 2));	/* our own */
	end_session();
	begin_session(2);
	assert_true(csum_store_stamp_holds(store, 1));
	crash();
	begin_session(2);
	assert_int_equal(store->stamps_from, 4);
	for (uint32_t i = 0; i <= 4; i++)
		assert_false(csum_store_stamp_holds(store, i));
	end_session();
	begin_session(2);
	assert_false(csum_store_stamp_holds(store, 1));
	assert_false(csum_store_stamp_holds(store, 3));
	assert_true(csum_store_stamp_holds(store, 4));
}

static void write_at(off_t at, const void *bytes, size_t len)
{
	int fd = sessions_file(O_RDWR);

	assert_int_equal(fdio_pwrite(fd, bytes, len, at), 0);
	close(fd);
}

static int try_open(void)
{
	uint8_t boot_id[16] = { 1 };

	return csum_store_open_in_boot(state_fd, source_fd, boot_id, &store);
}

/* A later version, or something else, is refused and left as it is. */
static void what_is_not_ours_is_refused(UNUSED void **context)
{
	uint32_t version = htole32(CSUM_VERSION + 1);
	char before[64];
	char after[64];
	int fd;

	begin_session(1);
	crash();
	write_at(offsetof(struct csum_disk_sessions, version), &version,
		 sizeof(version));
	fd = sessions_file(O_RDONLY);
	assert_int_equal(fdio_pread(fd, before, sizeof(before), 0), 64);
	assert_int_equal(try_open(), -EPROTO);
	assert_null(store);
	assert_int_equal(fdio_pread(fd, after, sizeof(after), 0), 64);
	assert_memory_equal(before, after, sizeof(before));
	close(fd);
	version = htole32(CSUM_VERSION);
	write_at(offsetof(struct csum_disk_sessions, version), &version,
		 sizeof(version));
	write_at(0, "X", 1);
	assert_int_equal(try_open(), -EPROTO);
}

/* A record cut short is of a session that did nothing: its number is free. */
static void a_torn_record_is_none(UNUSED void **context)
{
	int fd;

	begin_session(1);
	end_session();
	begin_session(1);
	crash();
	fd = sessions_file(O_RDWR);
	assert_int_equal(ftruncate(fd, sizeof(struct csum_disk_sessions) +
				   sizeof(struct csum_disk_session) + 17), 0);
	close(fd);
	begin_session(1);
	assert_int_equal(store->session, 2);
	assert_true(csum_store_stamp_holds(store, 1));
	end_session();
	begin_session(1);
	assert_int_equal(store->session, 3);
	assert_true(csum_store_stamp_holds(store, 2));
}

/* So is a header cut short. */
static void a_torn_header_is_a_new_store(UNUSED void **context)
{
	int fd;

	begin_session(1);
	crash();
	fd = sessions_file(O_RDWR);
	assert_int_equal(ftruncate(fd, 5), 0);
	close(fd);
	begin_session(1);
	assert_int_equal(store->session, 1);
}

/* Whichever boot the machine is in, it is the same one twice. */
static void the_boot_is_that_of_the_machine(UNUSED void **context)
{
	static const uint8_t none[16];

	assert_int_equal(csum_store_open(state_fd, source_fd, &store), 0);
	assert_memory_not_equal(store->boot_id, none, sizeof(none));
	crash();
	assert_int_equal(csum_store_open(state_fd, source_fd, &store), 0);
	assert_true(csum_store_trusts(store, 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(sessions_are_numbered),
		BENCH_TEST(some_records_are_no_session),
		BENCH_TEST(a_crash_is_trusted_in_its_boot),
		BENCH_TEST(an_end_is_trusted_in_every_boot),
		BENCH_TEST(an_end_without_sync_is_not_durable),
		BENCH_TEST(stamps_hold_until_a_crash),
		BENCH_TEST(what_is_not_ours_is_refused),
		BENCH_TEST(a_torn_record_is_none),
		BENCH_TEST(a_torn_header_is_a_new_store),
		BENCH_TEST(the_boot_is_that_of_the_machine),
	};

	return cmocka_run_group_tests_name("csumstore", tests, NULL, NULL);
}
