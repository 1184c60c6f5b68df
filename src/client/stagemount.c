/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkfs and mount(8) do it: the first knows the format, the second which of the
 * words of -o are the kernel's flags.
 */
#include "client/stagemount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/stage-internal.h"
#include "common/cleanup.h"
#include "common/loop.h"
#include "common/tool.h"

static int fail(char *why, int err, const char *fmt, ...) PRINTF(3, 4);

static int fail(char *why, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, STAGEMOUNT_WHY_SIZE, fmt, args);
	va_end(args);
	return err;
}

int stagemount_kind(struct stagemount *stage, const char *name)
{
	const struct stage_kind *kind = stage_kind(name);

	if (!kind || !kind->type || kind->mirrored)
		return -EINVAL;
	stage->kind = kind;
	stage->image_bytes = kind->image_bytes;
	return 0;
}

int stagemount_attach(int image_fd, uint32_t flags, char *device_ret,
		      char why_ret[STAGEMOUNT_WHY_SIZE])
{
	autoclose int fd = -1;
	struct loop_info64 info;
	int err = loop_attach(image_fd, flags, "pinctl", device_ret, &fd);

	if (err)
		return fail(why_ret, -EOPNOTSUPP, "cannot attach a loop "
			    "device: %s", strerror(-err));
	if (ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
		return fail(why_ret, -errno, "cannot look at %s: %s",
			    device_ret, strerror(errno));
	/* Through a page cache the requests would not be the filesystem's. */
	if ((info.lo_flags & flags) != flags)
		return fail(why_ret, -EOPNOTSUPP, "a loop device does no "
			    "direct I/O on this mount");
	return steal_fd(&fd);
}

/* Return: 0; -EIO, with the first words of the program. */
static int run(const char *const *argv, char *why)
{
	char text[STAGEMOUNT_WHY_SIZE - 64];
	int status = tool_run(argv, text, sizeof(text));

	if (!status)
		return 0;
	tool_cut_line(text);
	return status == -ENOENT ?
		fail(why, -EOPNOTSUPP, "there is no program '%s'", argv[0]) :
		fail(why, -EIO, "%.16s failed%s%s", argv[0], *text ? ": " : "",
		     text);
}

int stagemount_mount(const struct stagemount *stage, const char *device,
		     const char *dir, char why_ret[STAGEMOUNT_WHY_SIZE])
{
	/* -i, -n: no helper program, nothing noted outside the namespace. */
	const char *argv[] = {
		"mount", "-i", "-n", "-t", stage->kind->type, "-o",
		stage->options ? stage->options :
		stage->kind->option ? stage->kind->option : "rw",
		device, dir, NULL,
	};

	return run(argv, why_ret);
}

static int format(const struct stagemount *stage, const char *device, char *why)
{
	const char *argv[STAGE_ARGS + STAGEMOUNT_WORDS + 2];
	size_t n = 0;

	for (size_t i = 0; i < STAGE_ARGS && stage->kind->mkfs[i]; i++)
		argv[n++] = stage->kind->mkfs[i];
	for (size_t i = 0; stage->mkfs[i]; i++)
		argv[n++] = stage->mkfs[i];
	argv[n++] = device;
	argv[n] = NULL;
	return run(argv, why);
}

int stagemount_make(const struct stagemount *stage, const char *image,
		    const char *dir, char why_ret[STAGEMOUNT_WHY_SIZE])
{
	autoclose int image_fd = open(image, O_RDWR | O_CREAT | O_EXCL |
				      O_CLOEXEC, 0600);
	autoclose int device_fd = -1;
	char device[LOOP_PATH_SIZE];
	int err;

	if (image_fd < 0 ||
	    ftruncate(image_fd, (off_t)stage->image_bytes) < 0)
		return fail(why_ret, -errno, "cannot make the image '%s': %s",
			    image, strerror(errno));
	device_fd = stagemount_attach(image_fd, LO_FLAGS_DIRECT_IO, device,
				      why_ret);
	if (device_fd < 0)
		return device_fd;
	err = format(stage, device, why_ret);
	return err ? err : stagemount_mount(stage, device, dir, why_ret);
}
