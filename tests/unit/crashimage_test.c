/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images of a power cut: logs made by chance against a model that applies, for
 * each point and from the beginning, whatever the rule says; and logs that are cut
 * short, damaged, or about more than one file.
 */
#include <errno.h>
#include <linux/falloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/crashimage.h"
#include "common/fdio.h"
#include "common/random.h"
#include "common/requestlog.h"

enum {
	INO = 7,
	OTHER_INO = 8,
	FILE_MAX = 64 << 10,	/* bytes of a model's file */
	RECORDS_MAX = 80,
};

static uint64_t chance = 1;

static uint64_t below(uint64_t limit)
{
	return random_below(&chance, limit);
}

/* ---- a log, and what the test knows of it ---- */

struct log {
	int fd;
	size_t n;
	struct requestlog_record records[RECORDS_MAX];
	uint64_t ends[RECORDS_MAX];	/* where each ends [bytes] */
	uint64_t bytes;
};

static void log_init(struct log *log, uint64_t ino)
{
	struct requestlog_header header = { .start_ns = 5, .ino = ino };
	uint8_t bytes[REQUESTLOG_HEADER_BYTES];

	*log = (struct log){ .fd = memfd_create("log", MFD_CLOEXEC) };
	assert_true(log->fd >= 0);
	requestlog_put_header(&header, bytes);
	assert_int_equal(fdio_write(log->fd, bytes, sizeof(bytes)), 0);
	log->bytes = sizeof(bytes);
}

static void log_deinit(struct log *log)
{
	for (size_t i = 0; i < log->n; i++)
		free((void *)log->records[i].data);
	close(log->fd);
}

/* @record's data is taken over. Return: its id. */
static uint64_t add(struct log *log, struct requestlog_record record)
{
	uint8_t head[REQUESTLOG_RECORD_BYTES];
	size_t len = requestlog_data_len(&record);

	assert_true(log->n < RECORDS_MAX);
	record.id = log->n + 1;
	record.t_ns = 10 * record.id;
	requestlog_put_record(&record, head);
	assert_int_equal(fdio_write(log->fd, head, sizeof(head)), 0);
	assert_int_equal(fdio_write(log->fd, record.data, len), 0);
	log->bytes += sizeof(head) + len;
	log->ends[log->n] = log->bytes;
	log->records[log->n++] = record;
	return record.id;
}

static void *bytes_of(size_t len, int byte)
{
	void *bytes = malloc(len ? len : 1);

	assert_non_null(bytes);
	memset(bytes, byte, len);
	return bytes;
}

static uint64_t add_write(struct log *log, uint64_t off, size_t len, int byte,
			  uint16_t flags)
{
	return add(log, (struct requestlog_record){
		.type = REQUESTLOG_WRITE, .flags = flags, .ino = INO,
		.off = off, .len = len, .data = bytes_of(len, byte) });
}

static uint64_t add_sync(struct log *log, uint64_t ino)
{
	return add(log, (struct requestlog_record){
		.type = REQUESTLOG_SYNC_BEGUN, .ino = ino });
}

static void end_sync(struct log *log, uint64_t ino, uint64_t begun, int err)
{
	add(log, (struct requestlog_record){
		.type = REQUESTLOG_SYNC_ENDED, .ino = ino, .other = begun,
		.arg = (uint32_t)err });
}

static void add_mark(struct log *log, const char *text)
{
	add(log, (struct requestlog_record){
		.type = REQUESTLOG_MARK, .len = strlen(text),
		.data = strdup(text) });
}

/* ---- a log by chance ---- */

static void add_change(struct log *log)
{
	static const uint32_t modes[] = {
		0, FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
	};
	uint64_t off = below(FILE_MAX - 1);
	uint64_t len = 1 + below(MIN(FILE_MAX - off, 20000UL));

	switch (below(6)) {
	case 0:
		add(log, (struct requestlog_record){ .type = REQUESTLOG_SIZE,
			.ino = INO, .off = off });
		break;
	case 1:
		add(log, (struct requestlog_record){
			.type = REQUESTLOG_FALLOCATE, .ino = INO, .off = off,
			.len = len, .arg = modes[below(ARRAY_SIZE(modes))] });
		break;
	default:
		add_write(log, off, len, 1 + (int)below(255),
			  below(8) ? 0 : REQUESTLOG_DURABLE);
	}
}

/* Syncs overlap, fail, and never end. */
static void fill_log(struct log *log, size_t count)
{
	uint64_t open[RECORDS_MAX];
	size_t nopen = 0;

	while (log->n < count) {
		switch (below(8)) {
		case 0:
			open[nopen++] = add_sync(log, INO);
			break;
		case 1:
			if (nopen)
				end_sync(log, INO, open[--nopen],
					 below(4) ? 0 : EIO);
			break;
		case 2:
			add_mark(log, "a mark");
			break;
		default:
			add_change(log);
		}
	}
}

/* ---- the model ---- */

struct model {
	uint64_t size;
	uint8_t bytes[2 * FILE_MAX];
};

static void resize(struct model *model, uint64_t size)
{
	if (size < model->size)
		memset(model->bytes + size, 0, model->size - size);
	model->size = size;
}

static void model_apply(struct model *model,
			const struct requestlog_record *record)
{
	uint64_t end = record->off + record->len;

	if (record->type == REQUESTLOG_SIZE) {
		resize(model, record->off);
		return;
	}
	if (record->type == REQUESTLOG_FALLOCATE) {
		if (!(record->arg & FALLOC_FL_KEEP_SIZE) && end > model->size)
			model->size = end;
		if ((record->arg & ~(uint32_t)FALLOC_FL_KEEP_SIZE) &&
		    record->off < model->size)
			memset(model->bytes + record->off, 0,
			       MIN(end, model->size) - record->off);
		return;
	}
	memcpy(model->bytes + record->off, record->data, record->len);
	model->size = MAX(model->size, end);
}

/* Has a sync that has ended well by record @k begun behind this one? */
static bool is_durable(const struct log *log, size_t change, size_t k)
{
	if (log->records[change].flags & REQUESTLOG_DURABLE)
		return true;
	for (size_t i = 0; i < k; i++) {
		const struct requestlog_record *record = &log->records[i];

		if (record->type == REQUESTLOG_SYNC_ENDED && !record->arg &&
		    record->other > log->records[change].id)
			return true;
	}
	return false;
}

/* @k: records that have happened. Return: pending changes. */
static size_t model_build(struct model *model, const struct log *log, size_t k,
			  enum crashimage_kind kind, uint64_t seed)
{
	uint64_t state = seed;
	size_t pending = 0;

	memset(model, 0, sizeof(*model));
	for (size_t i = 0; i < k; i++) {
		const struct requestlog_record *record = &log->records[i];
		bool there = true;

		if (!requestlog_is_change(record))
			continue;
		if (!is_durable(log, i, k)) {
			if (kind == CRASHIMAGE_FLUSHED)
				there = false;
			if (kind == CRASHIMAGE_WITHOUT)
				there = pending != seed;
			if (kind == CRASHIMAGE_SUBSET)
				there = random_next(&state) >> 63;
			pending++;
		}
		if (there)
			model_apply(model, record);
	}
	return pending;
}

/* ---- images ---- */

struct images {
	struct crashimage *image;
	int work_fd;
	int fd;
	struct model model;
};

static void open_images(struct images *images, const struct log *log,
			int base_fd, uint64_t ino)
{
	char why[CRASHIMAGE_WHY_SIZE];
	struct crashimage_source source = {
		.log_fd = log->fd,
		.base_fd = base_fd,
		.ino = ino,
	};

	images->work_fd = memfd_create("work", MFD_CLOEXEC);
	images->fd = memfd_create("image", MFD_CLOEXEC);
	source.work_fd = images->work_fd;
	assert_true(images->work_fd >= 0 && images->fd >= 0);
	assert_int_equal(crashimage_open(&source, &images->image, why), 0);
}

static void close_images(struct images *images)
{
	crashimage_close(images->image);
	close(images->work_fd);
	close(images->fd);
}

static void assert_file(int fd, const struct model *model)
{
	static uint8_t bytes[2 * FILE_MAX];
	ssize_t n = fdio_pread(fd, bytes, sizeof(bytes), 0);

	assert_int_equal(n, model->size);
	assert_memory_equal(bytes, model->bytes, model->size);
}

static void check_kind(struct images *images, const struct log *log, size_t n,
		       enum crashimage_kind kind, uint64_t seed)
{
	struct crashimage_point point;
	size_t pending;
	int err = crashimage_build(images->image, n, kind, seed, images->fd);

	crashimage_point(images->image, n, &point);
	pending = model_build(&images->model, log, point.record, kind, seed);
	assert_int_equal(point.pending, pending);
	if (kind == CRASHIMAGE_WITHOUT ? seed >= pending :
	    kind == CRASHIMAGE_SUBSET && !pending) {
		assert_int_equal(err, -ERANGE);
		return;
	}
	assert_int_equal(err, 0);
	assert_file(images->fd, &images->model);
}

static void check_point(struct images *images, const struct log *log, size_t n)
{
	check_kind(images, log, n, CRASHIMAGE_ORDERED, 0);
	check_kind(images, log, n, CRASHIMAGE_FLUSHED, 0);
	check_kind(images, log, n, CRASHIMAGE_WITHOUT, below(4));
	check_kind(images, log, n, CRASHIMAGE_SUBSET, below(1000));
}

/* Is it, by the model, another one than behind the record before? */
static bool is_new(struct images *images, const struct log *log, size_t k,
		   enum crashimage_kind kind)
{
	static struct model before;

	model_build(&before, log, k - 1, kind, 0);
	model_build(&images->model, log, k, kind, 0);
	return memcmp(&before, &images->model, sizeof(before)) != 0;
}

static size_t marks_until(const struct log *log, size_t k)
{
	size_t marks = 0;

	for (size_t i = 0; i < k; i++)
		marks += log->records[i].type == REQUESTLOG_MARK;
	return marks;
}

/* Where an image or a promise changes there is a point that says so. */
static void check_points(struct images *images, const struct log *log)
{
	struct crashimage_point point;
	size_t n = 0;

	for (size_t k = 1; k <= log->n; k++) {
		bool mark = log->records[k - 1].type == REQUESTLOG_MARK;
		bool ordered = is_new(images, log, k, CRASHIMAGE_ORDERED);
		bool flushed = is_new(images, log, k, CRASHIMAGE_FLUSHED);

		if (n + 1 < crashimage_npoints(images->image))
			crashimage_point(images->image, n + 1, &point);
		if (point.record != k) {
			assert_false(mark || ordered || flushed);
			continue;
		}
		n++;
		assert_int_equal(point.t_ns, 10 * k);
		assert_int_equal(point.marks, marks_until(log, k));
		assert_true(!mark || point.news[CRASHIMAGE_ORDERED]);
		assert_true(!mark || point.news[CRASHIMAGE_FLUSHED]);
		assert_true(!ordered || point.news[CRASHIMAGE_ORDERED]);
		assert_true(!flushed || point.news[CRASHIMAGE_FLUSHED]);
		/* A sync changes nothing of what has come, a change not of what is
		 * flushed, unless it is durable by itself. */
		if (log->records[k - 1].type == REQUESTLOG_SYNC_ENDED)
			assert_false(point.news[CRASHIMAGE_ORDERED]);
		else if (!mark && !log->records[k - 1].flags)
			assert_false(point.news[CRASHIMAGE_FLUSHED]);
	}
	assert_int_equal(n + 1, crashimage_npoints(images->image));
}

static struct images images;

static void test_images_are_the_models(void **state UNUSED)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct log log;

		chance = seed;
		log_init(&log, 0);
		/* There is at least one record of the file. */
		add_change(&log);
		fill_log(&log, 1 + below(RECORDS_MAX - 1));
		open_images(&images, &log, -1, 0);
		assert_int_equal(crashimage_ino(images.image), INO);
		assert_int_equal(crashimage_rest_bytes(images.image), 0);
		check_points(&images, &log);
		for (size_t n = 0; n < crashimage_npoints(images.image); n++)
			check_point(&images, &log, n);
		close_images(&images);
		log_deinit(&log);
	}
}

static void test_points_in_any_order(void **state UNUSED)
{
	struct log log;

	chance = 4711;
	log_init(&log, INO);
	fill_log(&log, RECORDS_MAX);
	open_images(&images, &log, -1, 0);
	for (int i = 0; i < 200; i++)
		check_point(&images, &log,
			    below(crashimage_npoints(images.image)));
	close_images(&images);
	log_deinit(&log);
}

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
		/* at each point, four kinds, for 60 logs */
		cmocka_unit_test(test_images_are_the_models),
		/* the working file goes back, too */
		cmocka_unit_test(test_points_in_any_order),
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
