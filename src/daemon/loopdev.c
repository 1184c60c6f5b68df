/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mount of a block device copies stable_writes from the device's queue when
 * it is made (fs/super.c: setup_bdev_super(), 6.18; set_bdev_super(), 6.1), and
 * each of its inodes from the mount (fs/inode.c: inode_init_always_gfp(), 6.18).
 * So the attribute is needed for the moment of the mount only. It is put back
 * right after it, because the loop driver does not: the next user of that
 * device would get stable writes unasked, also after a daemon that was killed.
 */
#include "daemon/loopdev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/loop.h"

enum {
	BACKING_BYTES = 64 * 1024,	/* nobody reads or writes them */
	NAME_MAX_BYTES = 249,		/* mm/memfd.c: MFD_NAME_MAX_LEN (6.18) */
};

struct loopdev {
	int fd;			/* read only; -1: settled */
	char path[LOOP_PATH_SIZE];
	char attribute[64];	/* of its queue, in /sys */
	char *before;		/* the attribute's value; NULL: not changed */
};

const char *loopdev_path(const struct loopdev *loop)
{
	return loop->path;
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

static int attach(struct loopdev *loop, const char *user)
{
	autoclose int backing_fd = make_backing(user);
	int err;

	if (backing_fd < 0)
		return backing_fd;
	err = loop_attach(backing_fd, 0, "pinfs", loop->path, &loop->fd);
	if (err && *loop->path)
		log_err("pins_only: cannot attach a loop device, the last "
			"tried was %s: %s", loop->path, strerror(-err));
	else if (err)
		log_err("pins_only: cannot get a loop device of " LOOP_CONTROL
			": %s (are loop devices in this kernel, or their "
			"module loaded?)", strerror(-err));
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
