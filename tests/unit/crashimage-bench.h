/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs that a test writes record by record, and the images of one. */
#ifndef PIN_CRASHIMAGE_BENCH_H
#define PIN_CRASHIMAGE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/crashimage.h"
#include "common/compiler.h"
#include "common/fdio.h"
#include "common/random.h"
#include "common/requestlog.h"

enum {
	INO = 7,
	OTHER_INO = 8,
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

/* ---- images ---- */

struct images {
	struct crashimage *image;
	int work_fd;
	int fd;
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

#endif
