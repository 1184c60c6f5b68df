/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns copies of images, in the process of a stage: what a power cut at that
 * moment would leave is in memory of its own, on another loop device, and is
 * mounted as a filesystem is after one. It is read-only, but the device is not:
 * the journal or log is applied first, and that fsync(2) has written nothing else
 * than that is what filesystems rely on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/stage-internal.h"
#include "common/cleanup.h"
#include "common/fdio.h"

enum { CHUNK = 1 << 20 };	/* bytes of one read */

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
	return found - found % CHUNK;
}

static int copy_bytes(int from, int to, off_t size)
{
	autofree char *chunk = aligned_alloc(4096, CHUNK);
	int err = chunk ? 0 : -ENOMEM;

	for (off_t off = 0; !err; off += CHUNK) {
		off_t found = next_data(from, off, size);

		off = found > off ? found : off;
		if (off >= size)
			break;
		err = copy_chunk(from, to, off, chunk);
	}
	return err;
}

/* With O_DIRECT: by the daemon, which the device has given its bytes to. */
static int copy_image(int image_fd, uint64_t size, int copy_fd)
{
	char path[48];
	autoclose int from = -1;

	stage_name_fd(path, sizeof(path), image_fd);
	from = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (from < 0 || ftruncate(copy_fd, (off_t)size) < 0)
		return -errno;
	return copy_bytes(from, copy_fd, (off_t)size);
}

void stage_copy_make(const struct stage_kind *kind, int image_fd,
		     struct stage_copied *copied,
		     struct stage_copy_report *report)
{
	struct stage_copy *copy = &report->copy;
	int err;

	copied->image_fd = memfd_create("pinctl-copy", MFD_CLOEXEC);
	err = copied->image_fd < 0 ? -errno :
		copy_image(image_fd, kind->image_bytes, copied->image_fd);
	if (!err)
		err = loop_attach(copied->image_fd, 0, "pinctl-copy",
				  copy->device, &copied->device_fd);
	if (err) {
		stage_fail(&report->report, err, "cannot copy the image of %s: "
			   "%s", kind->name, strerror(-err));
		return;
	}
	copied->root_fd = stage_mount(kind, copy->device, STAGE_HOW_COPY,
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
