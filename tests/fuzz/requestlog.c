/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the reader of logs of requests, and the images made of them. The
 * checksums would keep out all that is invented, so an input is lines:
 *
 *	ino N			of the header
 *	put TYPE INO OFF LEN ARG FLAGS OTHER
 *	skip			a number is left out
 *	flip BIT		of the log at its end
 *	cut BYTES		from its end
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/crashimage.h"
#include "common/compiler.h"
#include "common/fdio.h"
#include "common/requestlog.h"

#include "fuzz.h"

enum { DATA_MAX = 16 << 10, LOG_MAX = 1 << 20, OFF_MAX = 1 << 20 };

struct made {
	uint8_t bytes[LOG_MAX];
	size_t len;
	uint64_t id;
	bool damaged;
};

static struct made made;
static int log_fd, work_fd, image_fd;

/* ---- a log out of lines ---- */

static void put_header(uint64_t ino)
{
	struct requestlog_header header = { .ino = ino };

	requestlog_put_header(&header, made.bytes);
}

static void put(const uint64_t numbers[7])
{
	static uint8_t data[DATA_MAX];
	struct requestlog_record record = {
		.id = made.id + 1,
		.type = (uint16_t)numbers[0],
		.ino = numbers[1],
		.off = numbers[2],
		.len = numbers[3],
		.arg = (uint32_t)numbers[4],
		.flags = (uint16_t)numbers[5],
		.other = numbers[6],
		.data = data,
	};
	size_t len = requestlog_data_len(&record);

	/* What is possible with memory, and in a file of any filesystem. */
	if (len > DATA_MAX || record.off > OFF_MAX || record.len > OFF_MAX ||
	    made.len + REQUESTLOG_RECORD_BYTES + len > LOG_MAX)
		return;
	memset(data, (int)++made.id, len);
	requestlog_put_record(&record, made.bytes + made.len);
	made.len += REQUESTLOG_RECORD_BYTES;
	memcpy(made.bytes + made.len, data, len);
	made.len += len;
}

static void take_line(char *line, UNUSED void *context)
{
	uint64_t n[7] = { 0 };
	char word[8] = "";
	int count = sscanf(line, "%7s %" SCNu64 " %" SCNu64 " %" SCNu64 " %"
			   SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, word,
			   &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6]);

	if (count < 1)
		return;
	if (!strcmp(word, "ino"))
		put_header(n[0]);
	else if (!strcmp(word, "put"))
		put(n);
	else if (!strcmp(word, "skip"))
		made.id++;
	else if (!strcmp(word, "cut"))
		made.len -= MIN(n[0], made.len);
	else if (!strcmp(word, "flip") && made.len)
		made.bytes[n[0] / 8 % made.len] ^= (uint8_t)(1 << n[0] % 8);
	/* What comes behind a cut may lie in the header. */
	made.damaged |= !strcmp(word, "cut") || !strcmp(word, "flip");
}

static void make_log(const uint8_t *data, size_t size)
{
	made.len = REQUESTLOG_HEADER_BYTES;
	made.id = 0;
	made.damaged = false;
	put_header(0);
	fuzz_lines(data, size, take_line, NULL);
	assert(!ftruncate(log_fd, 0) &&
	       !fdio_pwrite(log_fd, made.bytes, made.len, 0));
}

/* ---- what must be true of it ---- */

static void check_bytes(void)
{
	size_t at = REQUESTLOG_HEADER_BYTES;
	struct requestlog_record record;
	uint8_t head[REQUESTLOG_RECORD_BYTES];
	ssize_t len = 1;

	while (at <= made.len && len > 0) {
		len = requestlog_get_record(made.bytes + at, made.len - at,
					    &record);
		assert(len == -EBADMSG || (len >= 0 &&
					   (size_t)len <= made.len - at));
		if (len <= 0)
			break;
		requestlog_put_record(&record, head);
		assert(!memcmp(head, made.bytes + at, sizeof(head)));
		at += (size_t)len;
	}
}

static void check_point(struct crashimage *image, size_t n)
{
	struct crashimage_point point, last = { 0 };

	crashimage_point(image, n, &point);
	if (n)
		crashimage_point(image, n - 1, &last);
	assert(n ? point.record > last.record : !point.record);
	assert(point.marks >= last.marks);
	for (size_t i = last.marks; i < point.marks; i++)
		assert(crashimage_mark(image, i));
	for (int kind = 0; kind < CRASHIMAGE_NKINDS; kind++) {
		int err = crashimage_build(image, n, (enum crashimage_kind)kind,
					   n, image_fd);

		/* A seed about nothing, a mode that is not known. */
		assert(!err || err == -ENOTSUP || err == -EINVAL ||
		       (err == -ERANGE && kind >= CRASHIMAGE_WITHOUT));
	}
}

static void check_images(uint64_t ino)
{
	struct crashimage_source source = {
		.log_fd = log_fd, .base_fd = -1, .work_fd = work_fd, .ino = ino,
	};
	char why[CRASHIMAGE_WHY_SIZE] = "";
	struct crashimage *image = NULL;
	int err = crashimage_open(&source, &image, why);
	size_t npoints;

	if (err) {
		assert(!image && fuzz_is_message(why));
		assert(err == -EBADMSG || err == -ENOENT || err == -ENOTUNIQ ||
		       (err == -EPROTONOSUPPORT && made.damaged));
		return;
	}
	npoints = crashimage_npoints(image);
	assert(npoints && !why[0] && crashimage_ino(image) &&
	       crashimage_rest_bytes(image) < made.len);
	/* All of some, and of the many the last ones. */
	for (size_t n = npoints > 8 ? npoints - 8 : 0; n < npoints; n++)
		check_point(image, n);
	crashimage_close(image);
}

int LLVMFuzzerInitialize(UNUSED int *argc, UNUSED char ***argv)
{
	log_fd = memfd_create("log", MFD_CLOEXEC);
	work_fd = memfd_create("work", MFD_CLOEXEC);
	image_fd = memfd_create("image", MFD_CLOEXEC);
	assert(log_fd >= 0 && work_fd >= 0 && image_fd >= 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	make_log(data, size);
	check_bytes();
	check_images(0);
	check_images(7);
	return 0;
}
