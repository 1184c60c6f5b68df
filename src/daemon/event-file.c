/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole lines in a file that may be full, or in a pipe.
 *
 * A write that is cut short leaves a part of a line. It is not taken back:
 * somebody may have read it, and from a pipe it cannot be. So the rest is kept,
 * and written before anything else when there is room again. Where that moment
 * never comes (the mount ends, the daemon is killed) the part is cut off, at the
 * end or by the next daemon, so that every line of the file is one.
 */
#include "daemon/event-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"

enum { LONGEST = 64 << 10 };	/* bytes of a line; a path has the most */

static const char BEGINNING[] = "{\"seq\":";	/* of each of our lines */

/* Bytes written, at least 1, or -errno. */
static ssize_t write_some(int fd, const char *text, size_t len)
{
	ssize_t n;

	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? n : -EIO;
}

/* ---- a last line that is not complete ---- */

/* The log again, to read it: its path may be hidden by the mount by now. */
static int open_to_read(const struct event_file *file)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The last @len bytes are @tail, and no newline ends them. */
static int end_line(const struct event_file *file, const char *tail, size_t len,
		    off_t size)
{
	const char *newline = memrchr(tail, '\n', len);
	const char *line = newline ? newline + 1 : tail;
	size_t line_len = (size_t)(tail + len - line);

	if (line_len >= strlen(BEGINNING) ?
	    !memcmp(line, BEGINNING, strlen(BEGINNING)) :
	    !memcmp(line, BEGINNING, line_len))
		return ftruncate(file->fd, size - (off_t)line_len) ? -errno : 0;
	/* Not ours: whose log this was may have meant it so. */
	return write(file->fd, "\n", 1) == 1 ? 0 : -errno;
}

static int end_last_line(const struct event_file *file)
{
	autofree char *tail = NULL;
	autoclose int fd = -1;
	struct stat attr;
	size_t len;

	if (fstat(file->fd, &attr) || !S_ISREG(attr.st_mode) || !attr.st_size)
		return 0;
	fd = open_to_read(file);
	tail = malloc(LONGEST);
	if (fd < 0 || !tail)
		return fd < 0 ? -errno : -ENOMEM;
	len = MIN((size_t)attr.st_size, (size_t)LONGEST);
	if (fdio_pread(fd, tail, len, attr.st_size - (off_t)len) !=
	    (ssize_t)len)
		return -EIO;
	return tail[len - 1] == '\n' ? 0 :
				       end_line(file, tail, len, attr.st_size);
}

/* ---- construction ---- */

int event_file_open(struct event_file *file, const char *path)
{
	*file = (struct event_file){ .fd = -1 };
	/* O_NONBLOCK: a pipe that nobody reads loses lines, and stops nobody. */
	file->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
			O_NOCTTY | O_NONBLOCK, 0600);
	if (file->fd < 0)
		return -errno;
	/* One that cannot be read or cut can be appended to all the same. */
	(void)!end_last_line(file);
	return 0;
}

void event_file_close(struct event_file *file)
{
	if (file->fd < 0)
		return;
	if (event_file_finish(file))
		(void)!end_last_line(file);
	close(file->fd);
	free(file->line);
	*file = (struct event_file){ .fd = -1 };
}

/* ---- lines ---- */

int event_file_finish(struct event_file *file)
{
	while (file->rest_len) {
		ssize_t n = write_some(file->fd, file->rest, file->rest_len);

		if (n < 0)
			return (int)n;
		file->rest += n;
		file->rest_len -= (size_t)n;
	}
	free(file->line);
	file->line = NULL;
	return 0;
}

int event_file_add(struct event_file *file, char *line, size_t len)
{
	ssize_t n;

	assert(!file->rest_len);
	n = write_some(file->fd, line, len);
	if (n < 0) {
		free(line);
		return (int)n;
	}
	file->line = line;
	file->rest = line + n;
	file->rest_len = len - (size_t)n;
	if (!file->rest_len) {
		free(line);
		file->line = NULL;
	}
	return 0;
}
