/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the attaching of loop devices. Asking for a free one and taking it are
 * two calls, and others ask, too: so it is tried again.
 *
 * The descriptor that is given back is not the one that configured the device,
 * for a device configured by a reader is read-only (drivers/block/loop.c:
 * loop_configure(), 6.18).
 */
#include "common/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "common/cleanup.h"

enum { TRIES_MAX = 100 };

/* Return: 0; -EAGAIN somebody else took the device; -errno. */
static int attach_number(int number, const struct loop_config *config,
			 char path[LOOP_PATH_SIZE], int *fd_ret)
{
	autoclose int fd = -1;
	int kept;

	snprintf(path, LOOP_PATH_SIZE, "/dev/loop%d", number);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno == ENXIO || errno == EBUSY ? -EAGAIN : -errno;
	if (ioctl(fd, LOOP_CONFIGURE, config) < 0)
		return errno == ENXIO || errno == EBUSY ? -EAGAIN : -errno;
	/* Before the other one is closed: the last close detaches. */
	kept = open(path, O_RDONLY | O_CLOEXEC);
	if (kept < 0)
		return -errno;
	*fd_ret = kept;
	return 0;
}

int loop_attach(int backing_fd, uint32_t flags, const char *name,
		char path_ret[LOOP_PATH_SIZE], int *fd_ret)
{
	struct loop_config config = {
		.fd = (uint32_t)backing_fd,
		.info.lo_flags = flags | LO_FLAGS_AUTOCLEAR,
	};
	autoclose int control_fd = open(LOOP_CONTROL, O_RDWR | O_CLOEXEC);
	int err = -EAGAIN;

	*path_ret = '\0';
	if (control_fd < 0)
		return -errno;
	snprintf((char *)config.info.lo_file_name,
		 sizeof(config.info.lo_file_name), "%s", name);
	for (int i = 0; i < TRIES_MAX && err == -EAGAIN; i++) {
		int number = ioctl(control_fd, LOOP_CTL_GET_FREE);

		if (number < 0)
			err = -errno;
		else
			err = attach_number(number, &config, path_ret, fd_ret);
	}
	return err;
}
