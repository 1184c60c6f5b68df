/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole reads and writes, small files as strings, closing in bulk. */
#include "common/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

enum {
	FIRST_SIZE = 4096,	/* first guess at a small file's size */
	LARGEST = 1 << 20,	/* what fdio_read_file() takes */
};

ssize_t fdio_read(int fd, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, (char *)buf + done, len - done);

		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)done;
}

ssize_t fdio_pread(int fd, void *buf, size_t len, off_t off)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)buf + done, len - done,
				  off + (off_t)done);

		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)done;
}

/* write(2) that moves nothing is not an error of its own: call it EIO. */
static int step(ssize_t n, size_t *done)
{
	if (n > 0) {
		*done += (size_t)n;
		return 0;
	}
	if (n == 0)
		return -EIO;
	return errno == EINTR ? 0 : -errno;
}

int fdio_write(int fd, const void *buf, size_t len)
{
	size_t done = 0;
	int err = 0;

	while (!err && done < len)
		err = step(write(fd, (const char *)buf + done, len - done),
			   &done);
	return err;
}

int fdio_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	size_t done = 0;
	int err = 0;

	while (!err && done < len)
		err = step(pwrite(fd, (const char *)buf + done, len - done,
				  off + (off_t)done), &done);
	return err;
}

/*
 * procfs says 0 as size, so the buffer grows until a read does not fill it.
 * One byte is kept for the NUL. Returns the length or -errno.
 */
static ssize_t read_all(int fd, char **str_ret)
{
	autofree char *buf = NULL;
	size_t len = 0;

	for (size_t size = FIRST_SIZE; size <= 2 * LARGEST; size *= 2) {
		char *larger = realloc(buf, size);

		if (!larger)
			return -ENOMEM;
		buf = larger;

		ssize_t n = fdio_read(fd, buf + len, size - 1 - len);

		if (n < 0)
			return n;
		len += (size_t)n;
		if (len > LARGEST)
			return -EFBIG;
		if (len < size - 1) {
			buf[len] = '\0';
			*str_ret = steal_ptr(buf);
			return (ssize_t)len;
		}
	}
	return -EFBIG;
}

int fdio_read_file(const char *path, char **str_ret)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;

	char *str = NULL;
	ssize_t len = read_all(fd, &str);

	if (len < 0)
		return (int)len;
	if (len > 0 && str[len - 1] == '\n')
		str[len - 1] = '\0';
	*str_ret = str;
	return 0;
}

int fdio_write_file(const char *path, const char *str)
{
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;

	size_t len = strlen(str);
	ssize_t n = write(fd, str, len);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

static void close_range_of(unsigned int first, unsigned int last)
{
	if (first > last || close_range(first, last, 0) == 0)
		return;
	/* No such call (before Linux 5.9): one by one. */
	long limit = sysconf(_SC_OPEN_MAX);

	for (unsigned int fd = first; fd <= last && (long)fd < limit; fd++)
		close((int)fd);
}

int fdio_open_standard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		/* The lowest number that is free: this one. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return -errno;
	return 0;
}

void fdio_close_from(int first, int keep)
{
	if (keep < first) {
		close_range_of((unsigned int)first, UINT32_MAX);
		return;
	}
	if (keep > first)
		close_range_of((unsigned int)first, (unsigned int)keep - 1);
	close_range_of((unsigned int)keep + 1, UINT32_MAX);
}
