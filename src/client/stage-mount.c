/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making a filesystem, and mounting it on no directory: fsmount(2) gives a
 * descriptor of a mount that is in no namespace and ends with that descriptor
 * and the files open on it (fs/namespace.c: dissolve_on_fput(), 5.2 and later).
 * By system call numbers: a C library may be older than the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/mount.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client/stage-internal.h"
#include "common/cleanup.h"
#include "common/tool.h"

/* -------------------------------------------------------------------- mount */

static int context(const char *type)
{
	long fd = syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

int stage_probe_type(const char *type)
{
	autoclose int fd = context(type);

	return fd < 0 ? fd : 0;
}

static int configure(int fd, unsigned int command, const char *key,
		     const char *value)
{
	return syscall(SYS_fsconfig, fd, command, key, value, 0) ? -errno : 0;
}

/* A second device is one of btrfs, which has to be told of it. */
static int create(int fd, const char *device, const char *mirror,
		  enum stage_how how, const struct stage_kind *kind)
{
	const char *const options[] = {
		[STAGE_HOW_WRITE] = kind->option,
		[STAGE_HOW_READ] = kind->ro_option,
		[STAGE_HOW_COPY] = kind->copy_option,
	};
	int err = configure(fd, FSCONFIG_SET_STRING, "source", device);

	if (!err && mirror)
		err = configure(fd, FSCONFIG_SET_STRING, "device", mirror);
	if (!err && how != STAGE_HOW_WRITE)
		err = configure(fd, FSCONFIG_SET_FLAG, "ro", NULL);
	if (!err && options[how])
		err = configure(fd, FSCONFIG_SET_FLAG, options[how], NULL);
	return err ? err : configure(fd, FSCONFIG_CMD_CREATE, NULL, NULL);
}

/* What the kernel says of it in the context's log: "e TEXT". */
static int fail(const struct stage_kind *kind, int fd, int err,
		struct stage_report *report)
{
	char text[STAGE_WHY_SIZE / 2] = "";
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return stage_fail(report, err, "cannot mount %s: %s%s%s", kind->type,
			  strerror(-err), n > 2 ? ": " : "",
			  n > 2 ? text + 2 : "");
}

/*
 * btrfs remembers the devices that it has seen. When a filesystem had several,
 * it does so after they were closed, and a copy on one of those is taken for a
 * part of that one, and not mounted (fs/btrfs/volumes.c: find_fsid_by_device(),
 * 6.18); nor does it take one of the same filesystem with an older generation
 * (device_list_add()) than one that could not be mounted. No error is ours:
 * there may be nothing to forget.
 */
void stage_forget(const struct stage_kind *kind, const char *device)
{
	struct btrfs_ioctl_vol_args args = { 0 };
	autoclose int fd = -1;

	if (!device || strcmp(kind->type, "btrfs") != 0)
		return;
	fd = open("/dev/btrfs-control", O_RDWR | O_CLOEXEC);
	snprintf(args.name, sizeof(args.name), "%s", device);
	if (fd >= 0)
		(void)ioctl(fd, BTRFS_IOC_FORGET_DEV, &args);
}

int stage_mount(const struct stage_kind *kind, const char *device,
		const char *mirror, enum stage_how how,
		struct stage_report *report)
{
	autoclose int fd = context(kind->type);
	long mount = -1;
	int err;

	stage_forget(kind, device);
	stage_forget(kind, mirror);
	err = fd < 0 ? fd : create(fd, device, mirror, how, kind);

	if (!err) {
		mount = syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, 0);
		err = mount < 0 ? -errno : 0;
	}
	return err ? fail(kind, fd, err, report) : (int)mount;
}

/* --------------------------------------------------------------------- mkfs */

int stage_format(const struct stage_kind *kind, const char *device,
		 const char *mirror, struct stage_report *report)
{
	const char *argv[STAGE_ARGS + 3] = { 0 };
	char text[STAGE_WHY_SIZE / 2];
	size_t n = 0;
	int status;

	for (; n < STAGE_ARGS && kind->mkfs[n]; n++)
		argv[n] = kind->mkfs[n];
	argv[n++] = device;
	argv[n] = mirror;
	status = tool_run(argv, text, sizeof(text));
	if (status == -ENOENT)
		return stage_fail(report, -EOPNOTSUPP, "there is no program "
				  "'%s'", argv[0]);
	if (status < 0)
		return stage_fail(report, status, "cannot run %s: %s", argv[0],
				  strerror(-status));
	tool_cut_line(text);
	return status ? stage_fail(report, -EIO, "%s failed%s%s", argv[0],
				   *text ? ": " : "", text) : 0;
}
