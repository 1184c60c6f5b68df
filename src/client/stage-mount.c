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
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/stage-internal.h"
#include "common/cleanup.h"
#include "common/fdio.h"

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
 * btrfs keeps in mind which devices a filesystem had that is not mounted any
 * more, when it had several; a copy on one of those is taken for a part of that
 * one (fs/btrfs/volumes.c: find_fsid_by_device(), 6.18), and not mounted. No
 * error is ours: there may be nothing to forget.
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

static NORETURN void run(const char *path, const struct stage_kind *kind,
			 const char *const devices[2], int out)
{
	const char *args[STAGE_ARGS + 3] = { 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i <= STAGE_ARGS; i++) {
		args[i] = i < STAGE_ARGS ? kind->mkfs[i] : NULL;
		if (!args[i]) {
			args[i] = devices[0];
			args[i + 1] = devices[1];
			break;
		}
	}
	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(out, STDERR_FILENO) < 0)
		_exit(127);
	execv(path, (char *const *)args);
	_exit(127);
}

/* With the first line of what it has said. */
static int complain(const struct stage_kind *kind, int out,
		    struct stage_report *report)
{
	char text[STAGE_WHY_SIZE / 2] = "";
	ssize_t n = fdio_pread(out, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return stage_fail(report, -EIO, "%s failed%s%s", kind->mkfs[0],
			  *text ? ": " : "", text);
}

int stage_format(const struct stage_kind *kind, const char *device,
		 const char *mirror, struct stage_report *report)
{
	const char *const devices[] = { device, mirror };
	autoclose int out = memfd_create("mkfs", MFD_CLOEXEC);
	char path[PATH_MAX];
	int status;
	pid_t pid;

	if (out < 0)
		return stage_fail(report, -errno, "no memory for messages");
	if (!stage_find_program(kind->mkfs[0], path))
		return stage_fail(report, -EOPNOTSUPP, "there is no program "
				  "'%s'", kind->mkfs[0]);
	pid = fork();
	if (pid < 0)
		return stage_fail(report, -EAGAIN, "cannot fork");
	if (pid == 0)
		run(path, kind, devices, out);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return stage_fail(report, -errno, "waitpid(2)");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 :
		complain(kind, out, report);
}
