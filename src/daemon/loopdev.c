/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mount of a block device copies stable_writes from the device's queue when
 * it is made (fs/super.c: setup_bdev_super(), 6.18; set_bdev_super(), 6.1), and
 * each of its inodes from the mount (fs/inode.c: inode_init_always_gfp(), 6.18).
 * So the attribute is needed for the moment of the mount only. It is put back
 * right after it, because the loop driver does not: the next user of that
 * device would get stable writes unasked, also after a daemon that was killed.
 *
 * The device is kept by a descriptor that only reads: where the kernel refuses
 * to mount what others may write to (CONFIG_BLK_DEV_WRITE_MOUNTED=n) that one is
 * no obstacle. It is not the one that configured the device, for a device
 * configured by a reader is read-only (drivers/block/loop.c: loop_configure(),
 * 6.18).
 */
#include "daemon/loopdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"

#define CONTROL "/dev/loop-control"

enum {
	BACKING_BYTES = 64 * 1024,	/* nobody reads or writes them */
	NAME_MAX_BYTES = 249,		/* mm/memfd.c: MFD_NAME_MAX_LEN (6.18) */
	TRIES_MAX = 100,		/* others take free devices, too */
};

struct loopdev {
	int fd;			/* read only; -1: settled */
	char path[32];		/* /dev/loopN */
	char attribute[64];	/* of its queue, in /sys */
	char *before;		/* the attribute's value; NULL: not changed */
};

const char *loopdev_path(const struct loopdev *loop)
{
	return loop->path;
}

static int open_control(void)
{
	int fd = open(CONTROL, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	fd = -errno;
	log_err("pins_only: cannot open " CONTROL ": %s (are loop devices in "
		"this kernel, or their module loaded?)", strerror(-fd));
	return fd;
}

/* Its name shows in losetup(8), so that people see whose device it is. */
static int make_backing(const char *user)
{
	autoclose int fd = -1;
	char name[NAME_MAX_BYTES];

	snprintf(name, sizeof(name), "pinfs:%s", user);
	fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, BACKING_BYTES) < 0) {
		int err = -errno;

		log_err("pins_only: no memory for a loop device: %s",
			strerror(-err));
		return err;
	}
	return steal_fd(&fd);
}

/* Return: 0; -EAGAIN somebody else took the device; -errno. */
static int attach_number(struct loopdev *loop, int number, int backing_fd)
{
	struct loop_config config = {
		.fd = (uint32_t)backing_fd,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR,
		.info.lo_file_name = "pinfs",
	};
	autoclose int fd = -1;

	snprintf(loop->path, sizeof(loop->path), "/dev/loop%d", number);
	fd = open(loop->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno == ENXIO || errno == EBUSY ? -EAGAIN : -errno;
	if (ioctl(fd, LOOP_CONFIGURE, &config) < 0)
		return errno == ENXIO || errno == EBUSY ? -EAGAIN : -errno;
	/* Before the other one is closed: the last close detaches. */
	loop->fd = open(loop->path, O_RDONLY | O_CLOEXEC);
	return loop->fd < 0 ? -errno : 0;
}

static int attach(struct loopdev *loop, const char *user)
{
	autoclose int control_fd = open_control();
	autoclose int backing_fd = control_fd < 0 ? control_fd :
						    make_backing(user);
	int err = -EAGAIN;

	if (backing_fd < 0)
		return backing_fd;
	for (int i = 0; i < TRIES_MAX && err == -EAGAIN; i++) {
		int number = ioctl(control_fd, LOOP_CTL_GET_FREE);

		if (number < 0)
			err = -errno;
		else
			err = attach_number(loop, number, backing_fd);
	}
	if (err)
		log_err("pins_only: cannot attach a loop device%s%s: %s",
			*loop->path ? ", the last tried was " : "",
			loop->path, strerror(-err));
	return err;
}

static bool is_set(const struct loopdev *loop)
{
	autofree char *value = NULL;

	return !fdio_read_file(loop->attribute, &value) && !strcmp(value, "1");
}

static int ask_for_stable_writes(struct loopdev *loop)
{
	autofree char *before = NULL;
	int err;

	snprintf(loop->attribute, sizeof(loop->attribute),
		 "/sys/block/%s/queue/stable_writes",
		 strrchr(loop->path, '/') + 1);
	err = fdio_read_file(loop->attribute, &before);
	if (err) {
		log_err("pins_only: a device cannot be asked for stable writes "
			"here: %s: %s", loop->attribute, strerror(-err));
		return err;
	}
	err = fdio_write_file(loop->attribute, "1");
	if (!err)
		loop->before = steal_ptr(before);
	if (!err && !is_set(loop))
		err = -EOPNOTSUPP;
	if (err)
		log_err("pins_only: %s cannot be set: %s", loop->attribute,
			strerror(-err));
	return err;
}

int loopdev_create(const char *user, struct loopdev **loop_ret)
{
	struct loopdev *loop;
	int err;

	if (geteuid()) {
		log_err("pins_only: making a loop device needs root");
		return -EPERM;
	}
	loop = calloc(1, sizeof(*loop));
	if (!loop)
		return -ENOMEM;
	loop->fd = -1;
	err = attach(loop, user);
	if (!err)
		err = ask_for_stable_writes(loop);
	if (err) {
		loopdev_destroy(loop);
		return err;
	}
	*loop_ret = loop;
	return 0;
}

void loopdev_settle(struct loopdev *loop)
{
	int err = 0;

	if (!loop || loop->fd < 0)
		return;
	/* While the device is ours: nobody else has set it meanwhile. */
	if (loop->before)
		err = fdio_write_file(loop->attribute, loop->before);
	if (err)
		log_warn("%s stays 1: %s", loop->attribute, strerror(-err));
	close(loop->fd);
	loop->fd = -1;
}

void loopdev_destroy(struct loopdev *loop)
{
	if (!loop)
		return;
	loopdev_settle(loop);
	free(loop->before);
	free(loop);
}
