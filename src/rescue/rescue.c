/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ending a FUSE mount from outside. Nothing here waits for the mount that is
 * to be ended: nothing below it is looked up, only fusectl's files and
 * /proc/self/mountinfo are read.
 *
 * fusectl is one filesystem for the whole kernel (fs/fuse/control.c:
 * fuse_ctl_get_tree(), v6.18). Where it is not mounted, fsmount(2) gives a
 * mount of it that is attached nowhere: no other process sees it, and it ends
 * with its descriptor.
 */
#include "rescue/rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/mountinfo.h"
#include "common/parse.h"

#define CONNECTIONS "/sys/fs/fuse/connections"

enum {
	FUSECTL_MAGIC = 0x65735543,	/* fs/fuse/control.c (v6.18) */
	/* Kernel ABI (include/uapi/linux/mount.h) that glibc has from 2.36. */
	CONTEXT_CLOEXEC = 1,	/* FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC */
	CONTEXT_CREATE = 6,	/* FSCONFIG_CMD_CREATE */
};

uint32_t rescue_connection(unsigned int major, unsigned int minor)
{
	return major << 20 | minor;
}

/* A mount of fusectl that is attached nowhere: its root, or -errno. */
static int detached_fusectl(void)
{
	autoclose int context = (int)syscall(SYS_fsopen, "fusectl",
					     CONTEXT_CLOEXEC);

	if (context < 0)
		return errno == ENODEV ? -EOPNOTSUPP : -errno;
	if (syscall(SYS_fsconfig, context, CONTEXT_CREATE, NULL, NULL, 0))
		return -errno;

	int root = (int)syscall(SYS_fsmount, context, CONTEXT_CLOEXEC, 0);

	return root < 0 ? -errno : root;
}

/* The directory with a directory for each connection, or -errno. */
static int open_connections(void)
{
	autoclose int dir = open(CONNECTIONS,
				 O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs st;

	if (dir >= 0 && fstatfs(dir, &st) == 0 && st.f_type == FUSECTL_MAGIC)
		return steal_fd(&dir);
	return detached_fusectl();
}

/* A file of a connection, or -errno. */
static int open_control(uint32_t connection, const char *name, int flags)
{
	autoclose int dir = open_connections();
	char path[64];

	if (dir < 0)
		return dir;
	snprintf(path, sizeof(path), "%u/%s", connection, name);

	int fd = openat(dir, path, flags | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	/* Its files belong to who made the mount, and root. */
	return errno == EACCES ? -EPERM : -errno;
}

int rescue_abort(uint32_t connection)
{
	autoclose int fd = open_control(connection, "abort", O_WRONLY);

	return fd < 0 ? fd : fdio_write(fd, "1\n", 2);
}

long rescue_waiting(uint32_t connection)
{
	autoclose int fd = open_control(connection, "waiting", O_RDONLY);
	char text[32];
	uint64_t value;

	if (fd < 0)
		return fd;

	ssize_t len = fdio_read(fd, text, sizeof(text) - 1);

	if (len < 0)
		return len;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';

	int err = parse_u64(text, &value);

	return err ? err : (long)value;
}

/* Is this mount the one on top there? 1, 0, or -errno. */
static int is_mounted(const char *mountpoint, unsigned int major,
		      unsigned int minor)
{
	struct mountinfo info;
	int err = mountinfo_find(mountpoint, &info);

	if (err)
		return err == -ENOENT ? 0 : err;

	int same = info.major == major && info.minor == minor;

	mountinfo_deinit(&info);
	return same;
}

/* fusermount3 has the right to unmount what the same user mounted. */
static int fusermount(const char *mountpoint)
{
	char *argv[] = {
		(char *)"fusermount3", (char *)"-u", (char *)"-z",
		(char *)"-q", (char *)"--", (char *)mountpoint, NULL,
	};
	pid_t pid;
	int status;
	int err = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/*
 * umount2(2) takes a path, so another mount that covers this one between the
 * look and the call would be detached; there is no call that takes the mount.
 */
int rescue_unmount(const char *mountpoint, unsigned int major,
		   unsigned int minor)
{
	int there = is_mounted(mountpoint, major, minor);

	if (there <= 0)
		return there;

	int err = umount2(mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW) ?
		-errno : 0;

	if (err == -EPERM)
		err = fusermount(mountpoint);
	/* Somebody else may have been faster. */
	if (err && is_mounted(mountpoint, major, minor) == 0)
		err = 0;
	return err;
}

int rescue_free(const char *mountpoint, unsigned int major,
		unsigned int minor)
{
	uint32_t connection = rescue_connection(major, minor);
	int err = rescue_abort(connection);

	if (err && err != -ENOENT) {
		log_err("cannot abort connection %u of '%s': %s", connection,
			mountpoint, strerror(-err));
		return err;
	}
	err = rescue_unmount(mountpoint, major, minor);
	if (err)
		log_err("connection %u is aborted, but '%s' cannot be "
			"unmounted: %s", connection, mountpoint,
			strerror(-err));
	return err;
}
