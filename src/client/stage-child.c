/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process of a stage. It makes it, says so, and keeps the descriptors until
 * pinctl has gone or closed its end of a socket.
 *
 * A filesystem to read is mounted twice: once for writing the file, and again,
 * with nothing in its caches and no way to write, for those who read. The place
 * of the file on the device comes from FS_IOC_FIEMAP; what that says is an
 * address within the filesystem (btrfs has its own), so it is believed only
 * once the content has been read there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/content.h"
#include "client/stage-internal.h"
#include "common/cleanup.h"
#include "common/digest.h"
#include "common/fdio.h"
#include "common/loop.h"

/*
 * Where the content is on a bare device: not at the ends of it, which others
 * read when a device appears, looking for filesystems.
 */
enum { BDEV_OFF = 2 << 20 };

#define FILE_NAME "content"

enum { STAGE_LEGS = 2 };	/* most stages have but the first */

struct leg {
	char device[LOOP_PATH_SIZE];
	int image_fd;
	int device_fd;		/* reads only; keeps the device */
};

struct maker {
	const struct stage_kind *kind;
	enum stage_use use;
	pid_t daemon;		/* of the mount; 0: not known */
	struct stage_report report;
	struct leg legs[STAGE_LEGS];
	int source_fd;		/* what the others open again */
	char *content;		/* STAGE_BYTES, aligned for O_DIRECT */
};

/* -------------------------------------------------------- image and device */

/* Without O_TMPFILE there is a name for a moment. */
static int open_image(const char *mountpoint)
{
	char path[PATH_MAX];
	int fd = open(mountpoint, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%s/pinctl-%d.stage", mountpoint,
		 (int)getpid());
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int no_image(struct maker *maker, int err)
{
	if (err == -EROFS)
		return stage_fail(&maker->report, -EOPNOTSUPP,
				  "the mount is read-only");
	return stage_fail(&maker->report, err, "cannot make an image on the "
			  "mount: %s", strerror(-err));
}

static int make_image(struct maker *maker, struct leg *leg,
		      const char *mountpoint, uint64_t *ino_ret)
{
	struct stat attr;

	leg->image_fd = open_image(mountpoint);
	if (leg->image_fd < 0)
		return no_image(maker, leg->image_fd);
	if (ftruncate(leg->image_fd, (off_t)maker->kind->image_bytes) < 0 ||
	    fstat(leg->image_fd, &attr) < 0)
		return no_image(maker, -errno);
	*ino_ret = attr.st_ino;
	return 0;
}

/* Through a page cache a READ would be neither exact nor into our pages. */
static int check_direct(struct maker *maker, const struct leg *leg)
{
	struct loop_info64 info;

	if (ioctl(leg->device_fd, LOOP_GET_STATUS64, &info) < 0)
		return stage_fail(&maker->report, -errno, "cannot look at %s: "
				  "%s", leg->device, strerror(errno));
	if (info.lo_flags & LO_FLAGS_DIRECT_IO)
		return 0;
	return stage_fail(&maker->report, -EOPNOTSUPP, "a loop device does no "
			  "direct I/O on this mount");
}

static int attach(struct maker *maker, struct leg *leg)
{
	int err = loop_attach(leg->image_fd, LO_FLAGS_DIRECT_IO, "pinctl",
			      leg->device, &leg->device_fd);

	if (err)
		return stage_fail(&maker->report, -EOPNOTSUPP, "cannot attach "
				  "a loop device: %s", strerror(-err));
	return check_direct(maker, leg);
}

static int make_leg(struct maker *maker, struct leg *leg,
		    const char *mountpoint, uint64_t *ino_ret)
{
	int err = make_image(maker, leg, mountpoint, ino_ret);

	return err ? err : attach(maker, leg);
}

static int make_legs(struct maker *maker, const char *mountpoint)
{
	struct stage_source *source = &maker->report.source;
	int err = make_leg(maker, &maker->legs[0], mountpoint, &source->ino);

	if (!err && maker->kind->mirrored)
		err = make_leg(maker, &maker->legs[1], mountpoint,
			       &source->mirror_ino);
	return err;
}

/* NULL: there is none. */
static const char *mirror(const struct maker *maker)
{
	return maker->kind->mirrored ? maker->legs[1].device : NULL;
}

/* -------------------------------------------------------------- the content */

static int fill_content(struct maker *maker)
{
	const struct content_id id = { .file = content_file(STAGE_CONTENT),
				       .generation = STAGE_GENERATION,
				       .writer = CONTENT_WRITER_CREATE };

	maker->content = aligned_alloc(DIGEST_BLOCK, STAGE_BYTES);
	if (!maker->content)
		return stage_fail(&maker->report, -ENOMEM, "no memory");
	content_fill(maker->content, STAGE_BYTES, 0, &id);
	return 0;
}

/* Is it on the device where it should be? */
static int check_content(struct maker *maker)
{
	struct stage_report *report = &maker->report;
	autofree char *found = aligned_alloc(DIGEST_BLOCK, STAGE_BYTES);
	autoclose int fd = open(maker->legs[0].device,
				O_RDONLY | O_DIRECT | O_CLOEXEC);
	ssize_t n;

	if (!found)
		return stage_fail(report, -ENOMEM, "no memory");
	n = fd < 0 ? -errno : fdio_pread(fd, found, STAGE_BYTES,
					 (off_t)report->source.image_off);
	if (n < 0)
		return stage_fail(report, (int)n, "cannot read %s: %s",
				  maker->legs[0].device, strerror((int)-n));
	if (n == STAGE_BYTES && !memcmp(found, maker->content, STAGE_BYTES))
		return 0;
	return stage_fail(report, -EIO, "the content is not on the device "
			  "where %s says", maker->kind->name);
}

/* ---------------------------------------------------------- the bare device */

static int write_device(struct maker *maker)
{
	struct stage_source *source = &maker->report.source;
	autoclose int fd = open(maker->legs[0].device,
				O_RDWR | O_DIRECT | O_CLOEXEC);
	int err = fd < 0 ? -errno : fdio_pwrite(fd, maker->content,
						STAGE_BYTES, BDEV_OFF);

	if (err)
		return stage_fail(&maker->report, err, "cannot write to %s: %s",
				  maker->legs[0].device, strerror(-err));
	source->off = source->image_off = BDEV_OFF;
	maker->source_fd = maker->legs[0].device_fd;
	return check_content(maker);
}

/* ----------------------------------------------------------- the filesystem */

static int write_file(struct maker *maker)
{
	autoclose int mount = stage_mount(maker->kind, maker->legs[0].device,
					  NULL, STAGE_HOW_WRITE, &maker->report);
	autoclose int fd = -1;
	int err;

	if (mount < 0)
		return mount;
	fd = openat(mount, FILE_NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	err = fd < 0 ? -errno :
		       fdio_pwrite(fd, maker->content, STAGE_BYTES, 0);
	if (!err && fsync(fd) < 0)
		err = -errno;
	return err ? stage_fail(&maker->report, err, "cannot write a file on "
				"%s: %s", maker->kind->name, strerror(-err)) :
		     0;
}

/* All of it must lie in one piece. */
static int locate(struct maker *maker)
{
	union {
		struct fiemap map;
		char room[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
	} u = { .map = { .fm_length = STAGE_BYTES, .fm_extent_count = 1 } };
	const struct fiemap_extent *extent = u.map.fm_extents;

	if (ioctl(maker->source_fd, FS_IOC_FIEMAP, &u.map) < 0)
		return stage_fail(&maker->report, -errno, "FS_IOC_FIEMAP on "
				  "%s: %s", maker->kind->name, strerror(errno));
	if (!u.map.fm_mapped_extents || extent->fe_logical ||
	    extent->fe_length < STAGE_BYTES)
		return stage_fail(&maker->report, -EIO, "%s has a file of %d "
				  "bytes in pieces", maker->kind->name,
				  STAGE_BYTES);
	maker->report.source.image_off = extent->fe_physical;
	return 0;
}

static int open_file(struct maker *maker)
{
	autoclose int mount = stage_mount(maker->kind, maker->legs[0].device,
					  NULL, STAGE_HOW_READ, &maker->report);

	if (mount < 0)
		return mount;
	/* From now on the file keeps the filesystem. */
	maker->source_fd = openat(mount, FILE_NAME, O_RDONLY | O_CLOEXEC);
	if (maker->source_fd < 0)
		return stage_fail(&maker->report, -errno, "cannot open the "
				  "file on %s: %s", maker->kind->name,
				  strerror(errno));
	return locate(maker);
}

/* The mount is all that the others need: paths begin there. */
static int open_root(struct maker *maker)
{
	maker->source_fd = stage_mount(maker->kind, maker->legs[0].device,
				       mirror(maker), STAGE_HOW_WRITE,
				       &maker->report);
	return maker->source_fd < 0 ? maker->source_fd : 0;
}

static int make_filesystem(struct maker *maker)
{
	int err = stage_format(maker->kind, maker->legs[0].device, mirror(maker),
			       &maker->report);

	if (!err && maker->use == STAGE_TO_WRITE)
		return open_root(maker);
	if (!err)
		err = write_file(maker);
	if (!err)
		err = open_file(maker);
	return err ? err : check_content(maker);
}

/* -------------------------------------------------------------- the process */

static int make(struct maker *maker, const char *mountpoint)
{
	int err = make_legs(maker, mountpoint);

	if (!err)
		err = fill_content(maker);
	if (!err)
		err = maker->kind->type ? make_filesystem(maker) :
					  write_device(maker);
	return err;
}

/* Return: 0 or -errno of answering. */
static int answer(const struct maker *maker, struct stage_copied *copied,
		  char word, int sock)
{
	struct stage_copy_report report = { 0 };

	if (word == STAGE_ASK_COPY) {
		stage_copy_make(maker->kind, maker->legs[0].image_fd,
				maker->daemon, copied, &report);
		return fdio_write(sock, &report, sizeof(report));
	}
	if (word == STAGE_ASK_FORGET)
		stage_copy_drop(copied);
	else
		posix_fadvise(maker->source_fd, 0, 0, POSIX_FADV_DONTNEED);
	return fdio_write(sock, &word, 1);
}

/* Answer whatever is asked, until pinctl has gone. */
static void serve(const struct maker *maker, int sock)
{
	struct stage_copied copied = STAGE_COPIED_NONE;
	char word;

	for (;;) {
		ssize_t n = read(sock, &word, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n != 1 || answer(maker, &copied, word, sock))
			return;
	}
}

/* Of a filesystem on one device nothing stays; of this one it would. */
static void forget(const struct maker *maker)
{
	close(maker->source_fd);
	for (int i = 0; i < STAGE_LEGS; i++)
		stage_forget(maker->kind, maker->legs[i].device);
}

void stage_main(const struct stage_kind *kind, enum stage_use use,
		const char *mountpoint, pid_t daemon, int sock)
{
	struct maker maker = { .kind = kind, .use = use, .daemon = daemon,
			       .source_fd = -1 };
	struct stage_source *source = &maker.report.source;

	prctl(PR_SET_NAME, "pinctl-stage");
	if (!make(&maker, mountpoint)) {
		stage_name_fd(source->path, sizeof(source->path),
			      maker.source_fd);
		stage_name_fd(source->image, sizeof(source->image),
			      maker.legs[0].image_fd);
		if (kind->mirrored)
			stage_name_fd(source->mirror, sizeof(source->mirror),
				      maker.legs[1].image_fd);
	}
	if (fdio_write(sock, &maker.report, sizeof(maker.report)))
		_exit(1);
	serve(&maker, sock);
	if (kind->mirrored)
		forget(&maker);
	_exit(0);
}
