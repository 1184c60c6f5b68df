/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps on files: open, create, read, write, and their end. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "common/cleanup.h"

enum { CREATE_CHUNK = 1 << 20 };	/* bytes in one write of "create" */

/* ----------------------------------------------------------- open and close */

static int open_mode(struct steps_call *call)
{
	const char *mode = steps_text_or(call, "mode", "rw");

	if (strcmp(mode, "r") == 0)
		return O_RDONLY;
	if (strcmp(mode, "w") == 0)
		return O_WRONLY;
	if (strcmp(mode, "rw") != 0)
		steps_bad(call, "mode=%s is not r, w or rw", mode);
	return O_RDWR;
}

/* "excl" is O_CREAT | O_EXCL: without O_CREAT it means nothing. */
static int open_flags(struct steps_call *call)
{
	int flags = open_mode(call) | O_CLOEXEC;

	if (steps_flag(call, "direct"))
		flags |= O_DIRECT;
	if (steps_flag(call, "append"))
		flags |= O_APPEND;
	if (steps_flag(call, "trunc"))
		flags |= O_TRUNC;
	if (steps_flag(call, "excl"))
		flags |= O_CREAT | O_EXCL;
	return flags;
}

/* Give an open file its name. Return: the descriptor or -errno. */
static long name_fd(struct steps_call *call, const char *name,
		    const char *path, int fd)
{
	uint16_t file = steps_path(call->steps, path);
	int err = steps_add_fd(call->steps, name, file, fd, false);

	if (err)
		close(fd);
	return err ? err : fd;
}

long steps_do_open(struct steps_call *call)
{
	const char *name = steps_new_fd(call, "fd");
	const char *path = steps_text(call, "path");
	int flags = open_flags(call);
	long fd;

	if (!steps_begin(call))
		return 0;
	fd = STEPS_TIMED(call, open(path, flags, 0644));
	return fd < 0 ? fd : name_fd(call, name, path, (int)fd);
}

/* Write [0, size) of self-naming content. Return: @size or -errno. */
static long fill_file(int fd, uint64_t size, const struct content_id *id,
		      char *chunk)
{
	uint64_t done = 0;

	while (done < size) {
		size_t len = (size_t)MIN(size - done, (uint64_t)CREATE_CHUNK);
		ssize_t n;

		content_fill(chunk, len, done, id);
		n = pwrite(fd, chunk, len, (off_t)done);
		if (n == 0)
			errno = EIO;
		if (n == 0 || (n < 0 && errno != EINTR))
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return (long)size;
}

long steps_do_create(struct steps_call *call)
{
	const char *name = steps_new_fd(call, "fd");
	const char *path = steps_text(call, "path");
	uint64_t size = steps_size_or(call, "size", 64 << 10);
	uint64_t off = 0;
	struct content_id id = steps_content(call, content_file(path),
					     CONTENT_WRITER_CREATE, &off);
	autofree char *chunk = steps_buffer(call, CREATE_CHUNK);
	long ret;

	if (off)
		steps_bad(call, "create takes no file-off=");
	if (!steps_begin(call))
		return 0;

	autoclose int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
				0644);

	if (fd < 0)
		return -errno;
	ret = STEPS_TIMED(call, fill_file(fd, size, &id, chunk));
	if (ret >= 0) {
		long err = name_fd(call, name, path, steal_fd(&fd));

		ret = err < 0 ? err : ret;
	}
	return ret;
}

long steps_do_close(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");

	if (!steps_check(call))
		return 0;
	steps_take_fd(call, "fd");
	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, close(fd.fd));
}

long steps_do_unlink(struct steps_call *call)
{
	const char *path = steps_text(call, "path");

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, unlink(path));
}

long steps_do_inode(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	struct stat attr;
	long err;

	if (!steps_begin(call))
		return 0;
	err = STEPS_TIMED(call, fstat(fd.fd, &attr));
	return err < 0 ? err : (long)attr.st_ino;
}

/* ----------------------------------------------------------- write and read */

/* With an offset at it, without one where the descriptor is (pipes). */
static ssize_t write_at(int fd, const void *buf, size_t len, bool at,
			uint64_t off)
{
	return at ? pwrite(fd, buf, len, (off_t)off) : write(fd, buf, len);
}

static ssize_t read_at(int fd, void *buf, size_t len, bool at, uint64_t off)
{
	return at ? pread(fd, buf, len, (off_t)off) : read(fd, buf, len);
}

long steps_do_write(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	bool at = steps_has(call, "off");
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	autofree void *buf = steps_filled(call, len, fd.file, off);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, write_at(fd.fd, buf, len, at, off));
}

long steps_do_read(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	bool at = steps_has(call, "off");
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	autofree char *buf = steps_buffer(call, len);
	long ret;

	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, read_at(fd.fd, buf, len, at, off));
	if (ret >= 0)
		steps_say_digests(call, buf, (size_t)ret);
	return ret;
}

long steps_do_pwrite(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	uint64_t at = steps_size_or(call, "at", 0);
	struct steps_mem mem = steps_mem(call, "from", at, len);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, pwrite(fd.fd, mem.addr, len, (off_t)off));
}

long steps_do_pread(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	uint64_t at = steps_size_or(call, "at", 0);
	struct steps_mem mem = steps_mem(call, "into", at, len);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, pread(fd.fd, mem.addr, len, (off_t)off));
}

long steps_do_read_into(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	size_t len = steps_len(call);
	uint64_t at = steps_size_or(call, "at", 0);
	struct steps_mem mem = steps_mem(call, "into", at, len);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, read(fd.fd, mem.addr, len));
}

/* -------------------------------------------------------- sync and truncate */

/* Starts writeback and does not wait for it, nor take the inode's lock. */
long steps_do_sync_range(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	off_t off = (off_t)steps_size_or(call, "off", 0);
	off_t len = (off_t)steps_size_or(call, "len", 0);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, sync_file_range(fd.fd, off, len,
						 SYNC_FILE_RANGE_WRITE));
}

long steps_do_fsync(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, fsync(fd.fd));
}

long steps_do_fdatasync(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, fdatasync(fd.fd));
}

/* For STEPS_TIMED(): posix_fadvise(3) returns its error. */
static int drop_cached(int fd, off_t off, off_t len)
{
	errno = posix_fadvise(fd, off, len, POSIX_FADV_DONTNEED);
	return errno ? -1 : 0;
}

long steps_do_dontneed(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	off_t off = (off_t)steps_size_or(call, "off", 0);
	off_t len = (off_t)steps_size_or(call, "len", 0);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, drop_cached(fd.fd, off, len));
}

long steps_do_truncate(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	uint64_t len = steps_size(call, "len");

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, ftruncate(fd.fd, (off_t)len));
}
