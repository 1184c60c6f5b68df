/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does to a file what a record says, and makes one file what another one is. */
#include "client/crashimage-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"

enum { PIECE = 1 << 20 };

/* ---- bytes from one descriptor to another ---- */

/* Return: bytes; 0 at the end of @from; -errno. */
static ssize_t copy_piece(int from, uint64_t from_off, int to, uint64_t to_off,
			  void *buf, size_t len)
{
	ssize_t n = fdio_pread(from, buf, len, (off_t)from_off);
	int err = n > 0 ? fdio_pwrite(to, buf, (size_t)n, (off_t)to_off) : 0;

	return err ? err : n;
}

static int copy_bytes(int from, uint64_t from_off, int to, uint64_t to_off,
		      uint64_t len)
{
	autofree void *buf = malloc(MAX(MIN(len, (uint64_t)PIECE), 1UL));
	ssize_t n = 0;

	if (!buf)
		return -ENOMEM;
	for (uint64_t done = 0; done < len; done += (uint64_t)n) {
		n = copy_piece(from, from_off + done, to, to_off + done, buf,
			       (size_t)MIN(len - done, (uint64_t)PIECE));
		if (n <= 0)
			return n ? (int)n : -ENODATA;
	}
	return 0;
}

static int copy_sparse(int from, int to, off_t size)
{
	off_t off = 0;
	int err = 0;

	while (!err && off < size) {
		off_t data = lseek(from, off, SEEK_DATA);

		if (data < 0)
			return errno == ENXIO ? 0 : -errno;
		off = lseek(from, data, SEEK_HOLE);
		if (off < 0)
			return -errno;
		err = copy_bytes(from, (uint64_t)data, to, (uint64_t)data,
				 (uint64_t)(off - data));
	}
	return err;
}

int crashimage_copy(int from, int to)
{
	struct stat attr;

	if (ftruncate(to, 0))
		return -errno;
	if (!ioctl(to, FICLONE, from))
		return 0;
	if (fstat(from, &attr) || ftruncate(to, attr.st_size))
		return -errno;
	return copy_sparse(from, to, attr.st_size);
}

/* ---- records ---- */

static int write_zeros(int fd, uint64_t off, uint64_t end)
{
	autofree void *zeros = calloc(1, PIECE);
	int err = zeros ? 0 : -ENOMEM;

	while (!err && off < end) {
		size_t len = (size_t)MIN(end - off, (uint64_t)PIECE);

		err = fdio_pwrite(fd, zeros, len, (off_t)off);
		off += len;
	}
	return err;
}

static int make_zeros(int fd, uint64_t off, uint64_t end)
{
	if (off >= end || !fallocate(fd, FALLOC_FL_PUNCH_HOLE |
				     FALLOC_FL_KEEP_SIZE, (off_t)off,
				     (off_t)(end - off)))
		return 0;
	return errno == EOPNOTSUPP ? write_zeros(fd, off, end) : -errno;
}

static int apply_fallocate(const struct requestlog_record *record, int fd)
{
	uint64_t end = record->off + record->len;
	struct stat attr;

	if (record->arg & ~(uint32_t)(FALLOC_FL_KEEP_SIZE |
				      FALLOC_FL_PUNCH_HOLE |
				      FALLOC_FL_ZERO_RANGE))
		return -ENOTSUP;
	if (fstat(fd, &attr))
		return -errno;
	if (!(record->arg & FALLOC_FL_KEEP_SIZE) &&
	    end > (uint64_t)attr.st_size) {
		if (ftruncate(fd, (off_t)end))
			return -errno;
		attr.st_size = (off_t)end;
	}
	if (!(record->arg & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)))
		return 0;
	return make_zeros(fd, record->off, MIN(end, (uint64_t)attr.st_size));
}

int crashimage_apply_part(const struct crashimage *image,
			  const struct crashimage_entry *entry, uint64_t from,
			  uint64_t to, int fd)
{
	return copy_bytes(image->source.log_fd,
			  entry->data_at + (from - entry->record.off), fd, from,
			  to - from);
}

int crashimage_apply(const struct crashimage *image,
		     const struct crashimage_entry *entry, int fd)
{
	const struct requestlog_record *record = &entry->record;

	switch (record->type) {
	case REQUESTLOG_BASE_SIZE:
	case REQUESTLOG_SIZE:
		return ftruncate(fd, (off_t)record->off) ? -errno : 0;
	case REQUESTLOG_FALLOCATE:
		return apply_fallocate(record, fd);
	default:
		return crashimage_apply_part(image, entry, record->off,
					     record->off + record->len, fd);
	}
}
