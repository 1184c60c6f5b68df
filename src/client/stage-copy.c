/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns copies of images, in the process of a stage: what a power cut at that
 * moment would leave is in memory of its own, on another loop device, and is
 * mounted as a filesystem is after one. It is read-only, but the device is not:
 * the journal or log is applied first, and that fsync(2) has written nothing else
 * than that is what filesystems rely on.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/stage-internal.h"
#include "common/cleanup.h"
#include "common/fdio.h"

enum { CHUNK = 1 << 20 };	/* bytes of one read */

/* ---------------------------------------------------------------- the image */

/*
 * In SOURCE it has no name, but the daemon has it open. Not by way of the mount,
 * where to look for a hole has a price (daemon/ops-file.c: do_lseek()).
 * Return: a descriptor, or -1: it cannot be found.
 */
static int open_in_source(pid_t daemon, const struct stat *image)
{
	char path[64];
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon);
	dir = daemon > 0 ? opendir(path) : NULL;
	while (dir && fd < 0 && (entry = readdir(dir))) {
		struct stat attr;

		if (fstatat(dirfd(dir), entry->d_name, &attr, 0) == 0 &&
		    S_ISREG(attr.st_mode) && attr.st_ino == image->st_ino &&
		    attr.st_size == image->st_size)
			fd = openat(dirfd(dir), entry->d_name,
				    O_RDONLY | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return fd;
}

/* Through the mount, with O_DIRECT: what the device has given to the daemon. */
static int open_on_mount(int image_fd)
{
	char path[48];

	stage_name_fd(path, sizeof(path), image_fd);
	return open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
}

/* -------------------------------------------------------------- its bytes */

static bool is_zero(const char *buf, size_t len)
{
	return len == 0 || (buf[0] == 0 && memcmp(buf, buf + 1, len - 1) == 0);
}

/* Zeros stay a hole: mkfs.xfs has written 64 MiB of them. */
static int copy_chunk(int from, int to, off_t off, char *chunk)
{
	ssize_t n = fdio_pread(from, chunk, CHUNK, off);

	if (n < 0)
		return (int)n;
	return is_zero(chunk, (size_t)n) ? 0 :
		fdio_pwrite(to, chunk, (size_t)n, off);
}

/* Where there may be something from @off on; @size: there is nothing. */
static off_t next_data(int fd, off_t off, off_t size)
{
	off_t found = lseek(fd, off, SEEK_DATA);

	if (found < 0)
		return errno == ENXIO ? size : off;
	return MAX(off, found - found % CHUNK);
}

static int copy_bytes(int from, int to, off_t size, bool holes)
{
	autofree char *chunk = aligned_alloc(4096, CHUNK);
	int err = chunk ? ftruncate(to, size) ? -errno : 0 : -ENOMEM;

	for (off_t off = 0; !err; off += CHUNK) {
		if (holes)
			off = next_data(from, off, size);
		if (off >= size)
			break;
		err = copy_chunk(from, to, off, chunk);
	}
	return err;
}

static int copy_image(int image_fd, pid_t daemon, int to)
{
	struct stat attr;
	autoclose int source = -1;
	autoclose int from = -1;

	if (fstat(image_fd, &attr) < 0)
		return -errno;
	source = open_in_source(daemon, &attr);
	if (source >= 0)
		return copy_bytes(source, to, attr.st_size, true);
	from = open_on_mount(image_fd);
	return from < 0 ? -errno : copy_bytes(from, to, attr.st_size, false);
}

/* --------------------------------------------------------------- the copy */

void stage_copy_make(const struct stage_kind *kind, int image_fd,
		     pid_t daemon, struct stage_copied *copied,
		     struct stage_copy_report *report)
{
	struct stage_copy *copy = &report->copy;
	int err;

	copied->image_fd = memfd_create("pinctl-copy", MFD_CLOEXEC);
	err = copied->image_fd < 0 ? -errno :
		copy_image(image_fd, daemon, copied->image_fd);
	if (!err)
		err = loop_attach(copied->image_fd, 0, "pinctl-copy",
				  copy->device, &copied->device_fd);
	if (err) {
		stage_fail(&report->report, err, "cannot copy the image of %s: "
			   "%s", kind->name, strerror(-err));
		return;
	}
	copied->root_fd = stage_mount(kind, copy->device, NULL, STAGE_HOW_COPY,
				      &report->report);
	if (copied->root_fd >= 0)
		stage_name_fd(copy->path, sizeof(copy->path), copied->root_fd);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void stage_copy_drop(struct stage_copied *copied)
{
	close_fd(&copied->root_fd);
	close_fd(&copied->device_fd);
	close_fd(&copied->image_fd);
}
