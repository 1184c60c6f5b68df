/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which checksums of a file are found and believed, after sessions that ended. */
#include "csum-bench.h"

#include <signal.h>
#include <sys/resource.h>

static int set_up_file(void **context)
{
	int err = set_up(context);

	begin_session(1);
	open_file(true);
	return err;
}

/* There are none until they are made, and then they are found. */
static void they_are_made_once(UNUSED void **context)
{
	begin_session(1);
	open_file(false);
	assert_null(file);
	assert_int_equal(found, CSUM_FOUND_NONE);
	open_file(true);
	assert_non_null(file);
	assert_int_equal(found, CSUM_FOUND_NONE);
	crash();
	begin_session(1);
	open_file(true);
	assert_int_equal(found, CSUM_FOUND_KEPT);
}

/* With what was written, also by one who was killed. */
static void they_are_kept(UNUSED void **context)
{
	uint64_t digest = write_block(3, 5);

	crash();
	begin_session(1);
	open_file(false);
	assert_int_equal(found, CSUM_FOUND_KEPT);
	assert_int_equal(stored(3), digest);
	assert_int_equal(stored(2), CSUM_UNVERIFIED);
	end_session();
	begin_session(2);
	open_file(false);
	assert_int_equal(found, CSUM_FOUND_KEPT);
	assert_int_equal(stored(3), digest);
}

/* A file changed since the stamp is adopted, for good. */
static void a_changed_file_has_none(UNUSED void **context)
{
	write_block(3, 5);
	end_session();
	write_bytes(3, 6);
	begin_session(1);
	open_file(false);
	assert_int_equal(found, CSUM_FOUND_CHANGED);
	assert_int_equal(stored(3), CSUM_UNVERIFIED);
	crash();
	begin_session(1);
	open_file(false);
	assert_int_equal(found, CSUM_FOUND_KEPT);
	assert_int_equal(stored(3), CSUM_UNVERIFIED);
}

/* Of another size, with the time set back: ctime tells. */
static void a_time_set_back_does_not_hide_it(UNUSED void **context)
{
	struct timespec times[2];
	struct stat attr;

	write_block(3, 5);
	assert_int_equal(fstat(data_fd, &attr), 0);
	end_session();
	write_bytes(3, 6);
	times[0] = attr.st_atim;
	times[1] = attr.st_mtim;
	assert_int_equal(futimens(data_fd, times), 0);
	begin_session(1);
	open_file(false);
	assert_int_equal(found, CSUM_FOUND_CHANGED);
}

/* After a crash the stamp proves nothing, and nothing is adopted. */
static void after_a_crash_no_stamp_holds(UNUSED void **context)
{
	uint64_t digest = write_block(3, 5);

	end_session();
	begin_session(1);
	crash();
	write_bytes(3, 6);
	begin_session(1);
	open_file(false);
	assert_int_equal(found, CSUM_FOUND_KEPT);
	assert_int_equal(stored(3), digest);
	assert_true(csum_file_blames(file, 3, digest));
}

static void damage(off_t at)
{
	int fd = open_at(store->dir_fd, file->path, O_RDWR);
	uint8_t byte;

	assert_int_equal(fdio_pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	assert_int_equal(fdio_pwrite(fd, &byte, 1, at), 0);
	close(fd);
}

/* A header that is not ours, or broken: none of it is believed. */
static void a_damaged_header_is_not_believed(UNUSED void **context)
{
	static const off_t at[] = {
		0, offsetof(struct csum_disk_header, version),
		offsetof(struct csum_disk_header, key) + 3,
		offsetof(struct csum_disk_header, size),
		offsetof(struct csum_disk_header, check),
	};

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		write_block(3, 5);
		damage(at[i]);
		crash();
		begin_session(1);
		open_file(false);
		assert_int_equal(found, CSUM_FOUND_DAMAGED);
		assert_int_equal(stored(3), CSUM_UNVERIFIED);
		assert_int_equal(digest_on_disk(3), CSUM_UNVERIFIED);
	}
}

static void empty_file(off_t size)
{
	int fd = open_at(store->dir_fd, file->path, O_RDWR);

	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

/* One cut short in its header, as a power cut may leave it. */
static void a_short_file_is_not_believed(UNUSED void **context)
{
	static const off_t sizes[] = { 0, 1, 100 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		empty_file(sizes[i]);
		crash();
		begin_session(1);
		open_file(false);
		assert_int_equal(found, CSUM_FOUND_DAMAGED);
		write_block(0, 1);
	}
}

/* What cannot be made leaves nothing that would later count as damaged. */
static void a_failed_creation_leaves_nothing(UNUSED void **context)
{
	struct rlimit old;
	struct rlimit none = { 0 };
	int err;

	begin_session(1);
	assert_int_equal(csum_store_change(store), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	err = csum_file_open(store, data_fd, true, &file, &found);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err, -EFBIG);
	assert_null(file);
	open_file(false);
	assert_null(file);
	assert_int_equal(found, CSUM_FOUND_NONE);
}

#define FILE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up_file, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(they_are_made_once),
		FILE_TEST(they_are_kept),
		FILE_TEST(a_changed_file_has_none),
		FILE_TEST(a_time_set_back_does_not_hide_it),
		FILE_TEST(after_a_crash_no_stamp_holds),
		FILE_TEST(a_damaged_header_is_not_believed),
		FILE_TEST(a_short_file_is_not_believed),
		BENCH_TEST(a_failed_creation_leaves_nothing),
	};

	return cmocka_run_group_tests_name("csumopen", tests, NULL, NULL);
}
