/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs of requests: what is durable, torn, sparse, by single cases; and logs that
 * are cut short, damaged, or about more than one file.
 */
#include "crashimage-bench.h"

#include <errno.h>
#include <linux/falloc.h>
#include <sys/stat.h>

static struct images images;

/* ---- single rules ---- */

static void assert_byte(int fd, off_t off, int wanted)
{
	uint8_t byte = 0;

	assert_int_equal(fdio_pread(fd, &byte, 1, off), 1);
	assert_int_equal(byte, wanted);
}

static size_t last(void)
{
	return crashimage_npoints(images.image) - 1;
}

static void test_only_a_good_sync_of_the_file_counts(void **state UNUSED)
{
	struct crashimage_point point;
	uint64_t begun;
	struct log log;

	log_init(&log, INO);
	add_write(&log, 0, 4096, 1, 0);
	begun = add_sync(&log, INO);
	add_write(&log, 0, 4096, 2, 0);
	end_sync(&log, INO, begun, 0);
	add_write(&log, 0, 4096, 3, 0);
	end_sync(&log, INO, add_sync(&log, INO), EIO);
	end_sync(&log, OTHER_INO, add_sync(&log, OTHER_INO), 0);
	add_sync(&log, INO);
	add_mark(&log, "the end");
	open_images(&images, &log, -1, 0);
	crashimage_point(images.image, last(), &point);
	assert_int_equal(point.pending, 2);
	assert_int_equal(point.marks, 1);
	assert_string_equal(crashimage_mark(images.image, 0), "the end");
	assert_null(crashimage_mark(images.image, 1));
	assert_int_equal(crashimage_build(images.image, last(),
					  CRASHIMAGE_FLUSHED, 0, images.fd), 0);
	assert_byte(images.fd, 0, 1);
	assert_int_equal(crashimage_build(images.image, last(),
					  CRASHIMAGE_WITHOUT, 1, images.fd), 0);
	assert_byte(images.fd, 0, 2);
	assert_int_equal(crashimage_build(images.image, last(),
					  CRASHIMAGE_ORDERED, 0, images.fd), 0);
	assert_byte(images.fd, 0, 3);
	assert_int_equal(crashimage_build(images.image, last() + 1,
					  CRASHIMAGE_ORDERED, 0, images.fd),
			 -ERANGE);
	close_images(&images);
	log_deinit(&log);
}

/* Whole blocks of the file, each the old one or the new one. */
static void test_a_torn_write_has_some_of_its_blocks(void **state UNUSED)
{
	enum { OFF = 1000, LEN = 8 * CRASHIMAGE_BLOCK };
	unsigned int old = 0, new = 0, mixed = 0;
	struct log log;

	log_init(&log, INO);
	end_sync(&log, INO, add_sync(&log, INO), 0);
	add_write(&log, 0, 2 * LEN, 1, REQUESTLOG_DURABLE);
	add_write(&log, OFF, LEN, 2, 0);
	open_images(&images, &log, -1, 0);
	for (uint64_t seed = 0; seed < 100; seed++) {
		unsigned int here = 0;

		assert_int_equal(crashimage_build(
			images.image, last(), CRASHIMAGE_TORN, seed, images.fd),
			0);
		assert_byte(images.fd, OFF - 1, 1);
		assert_byte(images.fd, OFF + LEN, 1);
		for (off_t off = 0; off < OFF + LEN; off += CRASHIMAGE_BLOCK) {
			off_t from = MAX(off, (off_t)OFF);
			off_t to = MIN(off + CRASHIMAGE_BLOCK, OFF + LEN);
			uint8_t byte;

			assert_int_equal(pread(images.fd, &byte, 1, from), 1);
			assert_true(byte == 1 || byte == 2);
			assert_byte(images.fd, to - 1, byte);
			here += byte == 2;
		}
		old += !here;
		new += here == 9;
		mixed += here && here < 9;
	}
	assert_true(mixed > 80 && old < 10 && new < 10);
	close_images(&images);
	log_deinit(&log);
}

static void test_the_base_is_in_the_log_or_beside_it(void **state UNUSED)
{
	int base_fd = memfd_create("base", MFD_CLOEXEC);
	struct log log;

	log_init(&log, INO);
	add(&log, (struct requestlog_record){ .type = REQUESTLOG_BASE_SIZE,
		.ino = INO, .off = 10000 });
	add(&log, (struct requestlog_record){ .type = REQUESTLOG_BASE_DATA,
		.ino = INO, .off = 4096, .len = 100,
		.data = bytes_of(100, 9) });
	add_write(&log, 0, 100, 1, 0);
	open_images(&images, &log, -1, INO);
	assert_int_equal(crashimage_npoints(images.image), 2);
	for (size_t n = 0; n < 2; n++) {
		assert_int_equal(crashimage_build(images.image, n,
			CRASHIMAGE_ORDERED, 0, images.fd), 0);
		assert_int_equal(lseek(images.fd, 0, SEEK_END), 10000);
		assert_byte(images.fd, 0, (int)n);
		assert_byte(images.fd, 4096, 9);
		assert_byte(images.fd, 4196, 0);
	}
	close_images(&images);

	assert_true(base_fd >= 0);
	assert_int_equal(ftruncate(base_fd, 50), 0);
	assert_int_equal(pwrite(base_fd, "x", 1, 20), 1);
	open_images(&images, &log, base_fd, INO);
	assert_int_equal(crashimage_build(images.image, 0, CRASHIMAGE_ORDERED,
					  0, images.fd), 0);
	assert_int_equal(lseek(images.fd, 0, SEEK_END), 50);
	assert_byte(images.fd, 20, 'x');
	close_images(&images);
	close(base_fd);
	log_deinit(&log);
}

static void test_an_image_is_sparse(void **state UNUSED)
{
	struct stat attr;
	struct log log;

	log_init(&log, INO);
	add(&log, (struct requestlog_record){ .type = REQUESTLOG_BASE_SIZE,
		.ino = INO, .off = 1ULL << 30 });
	add_write(&log, 1ULL << 29, 4096, 1, 0);
	add_write(&log, 0, 8 << 20, 1, 0);
	add(&log, (struct requestlog_record){ .type = REQUESTLOG_FALLOCATE,
		.ino = INO, .len = 8 << 20,
		.arg = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE });
	open_images(&images, &log, -1, 0);
	assert_int_equal(crashimage_build(images.image, 3, CRASHIMAGE_ORDERED,
					  0, images.fd), 0);
	assert_int_equal(fstat(images.fd, &attr), 0);
	assert_int_equal(attr.st_size, 1ULL << 30);
	assert_true(attr.st_blocks * 512 < 1 << 20);
	close_images(&images);
	log_deinit(&log);
}

/* ---- logs that are not as they should be ---- */

static int try_open(int log_fd, uint64_t ino, struct crashimage **image_ret)
{
	char why[CRASHIMAGE_WHY_SIZE] = "";
	struct crashimage_source source = {
		.log_fd = log_fd, .base_fd = -1, .work_fd = -1, .ino = ino };
	int err = crashimage_open(&source, image_ret, why);

	assert_true(!err == !why[0]);
	return err;
}

static void make_small_log(struct log *log)
{
	log_init(log, INO);
	add_write(log, 0, 5, 1, 0);
	end_sync(log, INO, add_sync(log, INO), 0);
	add_mark(log, "mark");
	add(log, (struct requestlog_record){ .type = REQUESTLOG_SIZE,
		.ino = INO, .off = 3 });
}

static void test_a_log_ends_with_its_last_whole_record(void **state UNUSED)
{
	struct log log;

	make_small_log(&log);
	for (uint64_t size = log.bytes; size-- > 0;) {
		uint64_t whole = REQUESTLOG_HEADER_BYTES;
		struct crashimage *image = NULL;
		size_t points = 1;

		assert_int_equal(ftruncate(log.fd, (off_t)size), 0);
		if (size < REQUESTLOG_HEADER_BYTES) {
			assert_int_equal(try_open(log.fd, 0, &image), -EBADMSG);
			continue;
		}
		assert_int_equal(try_open(log.fd, 0, &image), 0);
		for (size_t i = 0; i < log.n && log.ends[i] <= size; i++) {
			whole = log.ends[i];
			points += log.records[i].type !=
				  REQUESTLOG_SYNC_BEGUN;
		}
		assert_int_equal(crashimage_rest_bytes(image), size - whole);
		assert_int_equal(crashimage_npoints(image), points);
		crashimage_close(image);
	}
	log_deinit(&log);
}

/* A length that has grown makes a record that is not whole. */
static void test_a_damaged_log_is_refused(void **state UNUSED)
{
	struct log log;

	make_small_log(&log);
	for (uint64_t at = 0; at < log.bytes; at++) {
		struct crashimage *image = NULL;
		uint8_t byte, bad;
		int err;

		assert_int_equal(pread(log.fd, &byte, 1, (off_t)at), 1);
		bad = byte ^ (uint8_t)(1 << below(8));
		assert_int_equal(pwrite(log.fd, &bad, 1, (off_t)at), 1);
		err = try_open(log.fd, 0, &image);
		if (err)
			assert_true(err == -EBADMSG || err == -EPROTONOSUPPORT);
		else
			assert_true(crashimage_rest_bytes(image) ||
				    (at >= 56 && at < 64));
		crashimage_close(image);
		assert_int_equal(pwrite(log.fd, &byte, 1, (off_t)at), 1);
	}
	log_deinit(&log);
}

static void test_records_that_do_not_fit_are_refused(void **state UNUSED)
{
	uint8_t head[REQUESTLOG_RECORD_BYTES];
	struct crashimage *image;
	struct log log;

	/* One is missing. */
	log_init(&log, INO);
	requestlog_put_record(&(struct requestlog_record){ .id = 2,
		.type = REQUESTLOG_SIZE, .ino = INO }, head);
	assert_int_equal(fdio_write(log.fd, head, sizeof(head)), 0);
	assert_int_equal(try_open(log.fd, 0, &image), -EBADMSG);
	log_deinit(&log);

	/* The end of what has not begun, is no sync, or another file's. */
	log_init(&log, INO);
	end_sync(&log, INO, 1, 0);
	assert_int_equal(try_open(log.fd, 0, &image), -EBADMSG);
	log_deinit(&log);

	log_init(&log, INO);
	end_sync(&log, INO, add_write(&log, 0, 1, 1, 0), 0);
	assert_int_equal(try_open(log.fd, 0, &image), -EBADMSG);
	log_deinit(&log);

	log_init(&log, 0);
	end_sync(&log, INO, add_sync(&log, OTHER_INO), 0);
	assert_int_equal(try_open(log.fd, INO, &image), -EBADMSG);
	log_deinit(&log);

	log_init(&log, INO);
	add_write(&log, 0, 1, 1, 0);
	add(&log, (struct requestlog_record){ .type = REQUESTLOG_BASE_SIZE,
		.ino = INO });
	assert_int_equal(try_open(log.fd, 0, &image), -EBADMSG);
	log_deinit(&log);
}

static void test_one_file_is_chosen_of_several(void **state UNUSED)
{
	struct crashimage *image;
	struct log log;

	log_init(&log, 0);
	assert_int_equal(try_open(log.fd, 0, &image), -ENOENT);
	assert_int_equal(try_open(log.fd, INO, &image), -ENOENT);
	add_write(&log, 0, 1, 1, 0);
	add(&log, (struct requestlog_record){ .type = REQUESTLOG_SIZE,
		.ino = OTHER_INO, .off = 10 });
	assert_int_equal(try_open(log.fd, 0, &image), -ENOTUNIQ);
	assert_int_equal(try_open(log.fd, 99, &image), -ENOENT);
	open_images(&images, &log, -1, OTHER_INO);
	assert_int_equal(crashimage_npoints(images.image), 2);
	assert_int_equal(crashimage_build(images.image, 1, CRASHIMAGE_ORDERED,
					  0, images.fd), 0);
	assert_int_equal(lseek(images.fd, 0, SEEK_END), 10);
	close_images(&images);
	log_deinit(&log);

	/* One that was asked for by its number, and nobody touched. */
	log_init(&log, INO);
	assert_int_equal(try_open(log.fd, 0, &image), 0);
	assert_int_equal(crashimage_npoints(image), 1);
	crashimage_close(image);
	log_deinit(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* not one that fails, does not end, or is of another file */
		cmocka_unit_test(test_only_a_good_sync_of_the_file_counts),
		/* at the blocks of the file, not of the write */
		cmocka_unit_test(test_a_torn_write_has_some_of_its_blocks),
		cmocka_unit_test(test_the_base_is_in_the_log_or_beside_it),
		/* holes stay holes, and holes are made */
		cmocka_unit_test(test_an_image_is_sparse),
		/* cut at each byte */
		cmocka_unit_test(test_a_log_ends_with_its_last_whole_record),
		/* a bit of each byte */
		cmocka_unit_test(test_a_damaged_log_is_refused),
		/* good checksums, and no sense */
		cmocka_unit_test(test_records_that_do_not_fit_are_refused),
		cmocka_unit_test(test_one_file_is_chosen_of_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
