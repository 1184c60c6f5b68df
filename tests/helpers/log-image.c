/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log-image LOG - a line for each record of a log of the control verb "record":
 * its type, inode number, offset, length, argument and flags, and a mark's text.
 * log-image LOG INO - a line for each point: the record's number, the marks so
 * far, the changes pending, the last mark.
 * log-image LOG INO POINT KIND SEED IMAGE - make an image (client/crashimage.h);
 * POINT may be "last". INO 0: the only file.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/crashimage.h"
#include "common/cleanup.h"
#include "common/requestlog.h"

static void print_record(const struct requestlog_record *record)
{
	static const char *const types[REQUESTLOG_NTYPES] = {
		[REQUESTLOG_BASE_SIZE] = "base-size",
		[REQUESTLOG_BASE_DATA] = "base-data",
		[REQUESTLOG_WRITE] = "write",
		[REQUESTLOG_SIZE] = "size",
		[REQUESTLOG_FALLOCATE] = "fallocate",
		[REQUESTLOG_SYNC_BEGUN] = "sync-begun",
		[REQUESTLOG_SYNC_ENDED] = "sync-ended",
		[REQUESTLOG_MARK] = "mark",
	};

	printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %u %u", types[record->type],
	       record->ino, record->off, record->len, record->arg,
	       record->flags);
	if (record->type == REQUESTLOG_MARK)
		printf(" %.*s", (int)record->len, (const char *)record->data);
	putchar('\n');
}

static void print_records(int fd)
{
	struct requestlog_record record;
	struct requestlog_header header;
	struct stat attr;
	uint8_t *bytes;
	size_t at = REQUESTLOG_HEADER_BYTES;
	ssize_t len = 1;

	if (fstat(fd, &attr))
		err(1, "the log");
	bytes = mmap(NULL, (size_t)attr.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED || attr.st_size < REQUESTLOG_HEADER_BYTES ||
	    requestlog_get_header(bytes, &header))
		errx(1, "this is no log");
	while (len > 0) {
		len = requestlog_get_record(bytes + at,
					    (size_t)attr.st_size - at, &record);
		if (len > 0)
			print_record(&record);
		at += (size_t)MAX(len, 0);
	}
	if (len < 0)
		errx(1, "%s", strerror((int)-len));
}

static struct crashimage *open_log(int fd, const char *ino)
{
	char why[CRASHIMAGE_WHY_SIZE] = "";
	struct crashimage_source source = {
		.log_fd = fd,
		.base_fd = -1,
		.work_fd = memfd_create("work", MFD_CLOEXEC),
		.ino = strtoull(ino, NULL, 10),
	};
	struct crashimage *image;

	if (source.work_fd < 0)
		err(1, "memfd");
	if (crashimage_open(&source, &image, why))
		errx(1, "%s", why);
	return image;
}

static void print_points(const struct crashimage *image)
{
	for (size_t n = 0; n < crashimage_npoints(image); n++) {
		struct crashimage_point point;

		crashimage_point(image, n, &point);
		printf("%" PRIu64 " %zu %zu %s\n", point.record, point.marks,
		       point.pending, point.marks ?
		       crashimage_mark(image, point.marks - 1) : "-");
	}
}

static void make_image(struct crashimage *image, char **words)
{
	size_t point = strcmp(words[0], "last") ?
		strtoull(words[0], NULL, 10) : crashimage_npoints(image) - 1;
	int fd = open(words[3], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0)
		err(1, "%s", words[3]);
	for (int kind = 0; kind < CRASHIMAGE_NKINDS; kind++) {
		if (strcmp(words[1], crashimage_kind_name(
				(enum crashimage_kind)kind)))
			continue;
		ret = crashimage_build(image, point, (enum crashimage_kind)kind,
				       strtoull(words[2], NULL, 10), fd);
		if (ret)
			errx(1, "%s", strerror(-ret));
		close(fd);
		return;
	}
	errx(2, "%s is no kind", words[1]);
}

int main(int argc, char **argv)
{
	struct crashimage *image;
	autoclose int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (argc != 2 && argc != 3 && argc != 7)
		errx(2, "usage: log-image LOG [INO [POINT KIND SEED IMAGE]]");
	if (fd < 0)
		err(1, "%s", argv[1]);
	if (argc == 2) {
		print_records(fd);
		return fflush(stdout) ? 1 : 0;
	}
	image = open_log(fd, argv[2]);
	if (argc == 3)
		print_points(image);
	else
		make_image(image, argv + 3);
	crashimage_close(image);
	return fflush(stdout) ? 1 : 0;
}
