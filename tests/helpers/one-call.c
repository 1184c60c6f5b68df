/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * one-call OPERATION DIR - in a directory of a mount, what makes the kernel send
 * that operation, and no other that a gate for it would meet. Prints "ok" or the
 * error's name; the status is 0 in both cases, 2 for bad usage.
 *
 * It handles SIGUSR1 and SIGALRM by doing nothing; its umask is 0.
 *
 * What the operation needs is there already, made in SOURCE beforehand with the
 * operation "prepare", so that the mount has not seen it. Each is done once.
 */
#include <errno.h>
#include <fcntl.h>
#include <pinfs/ioctl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/compiler.h"

enum {
	BYTES = 4096,
	ENTRIES = 400,	/* more than the kernel lists by one READDIRPLUS */
};

static _Alignas(BYTES) char bytes[1 << 15];
static int fd;		/* of the row's file or directory, when it opens one */

static int do_lookup(void)
{
	struct stat attr;

	return stat("lookup", &attr);
}

static int do_getattr(void)
{
	struct statx attr;

	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_MODE,
		     &attr);
}

static int do_setattr(void)
{
	return fchmod(fd, 0600);
}

static int do_readlink(void)
{
	return readlink("readlink", bytes, sizeof(bytes)) < 0 ? -1 : 0;
}

static int do_symlink(void)
{
	return symlink("target", "symlink");
}

static int do_mknod(void)
{
	return mknod("mknod", S_IFIFO | 0600, 0);
}

static int do_mkdir(void)
{
	return mkdir("mkdir", 0700);
}

static int do_unlink(void)
{
	return unlink("unlink");
}

static int do_rmdir(void)
{
	return rmdir("rmdir");
}

static int do_rename(void)
{
	return rename("rename", "renamed");
}

static int do_rename2(void)
{
	return renameat2(AT_FDCWD, "rename2", AT_FDCWD, "renamed2",
			 RENAME_NOREPLACE);
}

static int do_link(void)
{
	return link("link", "linked");
}

static int do_open(void)
{
	return open("open", O_RDONLY) < 0 ? -1 : 0;
}

static int do_read(void)
{
	return pread(fd, bytes, BYTES, 0) == BYTES ? 0 : -1;
}

static int do_write(void)
{
	return pwrite(fd, bytes, BYTES, 0) == BYTES ? 0 : -1;
}

static int do_statfs(void)
{
	struct statfs fs;

	return statfs(".", &fs);
}

/* RELEASE and RELEASEDIR: the kernel sends them, and nobody waits. */
static int do_close(void)
{
	return close(fd);
}

static int do_fsync(void)
{
	return fsync(fd);
}

static int do_setxattr(void)
{
	return fsetxattr(fd, "user.a", "1", 1, 0);
}

static int do_getxattr(void)
{
	return fgetxattr(fd, "user.there", bytes, sizeof(bytes)) == 1 ? 0 : -1;
}

static int do_listxattr(void)
{
	return flistxattr(fd, bytes, sizeof(bytes)) > 0 ? 0 : -1;
}

static int do_removexattr(void)
{
	return fremovexattr(fd, "user.there");
}

static int do_opendir(void)
{
	return open("opendir", O_RDONLY | O_DIRECTORY) < 0 ? -1 : 0;
}

static long list(void)
{
	return syscall(SYS_getdents64, fd, bytes, sizeof(bytes));
}

static int do_readdirplus(void)
{
	return list() > 0 ? 0 : -1;
}

/* The kernel asks with attributes at the beginning of a directory only. */
static int do_readdir(void)
{
	long len;

	do
		len = list();
	while (len > 0);
	return len < 0 ? -1 : 0;
}

static int do_create(void)
{
	return open("create", O_RDWR | O_CREAT | O_EXCL, 0600) < 0 ? -1 : 0;
}

static int do_ioctl(void)
{
	struct pinfs_ioc_receipts receipts = { .on = 1 };

	return ioctl(fd, PINFS_IOC_RECEIPTS, &receipts);
}

static int do_fallocate(void)
{
	return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, BYTES);
}

static int do_lseek(void)
{
	return lseek(fd, 0, SEEK_DATA) < 0 ? -1 : 0;
}

static int do_copy_file_range(void)
{
	int out = open("copied", O_RDWR);
	loff_t from = 0, to = 0;

	return copy_file_range(fd, &from, out, &to, BYTES, 0) == BYTES ? 0 : -1;
}

static int do_tmpfile(void)
{
	return open(".", O_TMPFILE | O_RDWR, 0600) < 0 ? -1 : 0;
}

static int do_access(void)
{
	return access("access", R_OK);
}

/* What there has to be of the operation's name. */
enum need { NOTHING, A_FILE, A_DIRECTORY, A_LINK };

static const struct {
	const char *name;
	int (*call)(void);
	enum need need;
	int flags;		/* to open it with before; -1: it is not opened */
} rows[] = {
	{ "lookup", do_lookup, A_FILE, -1 },
	{ "getattr", do_getattr, A_FILE, O_RDONLY },
	{ "setattr", do_setattr, A_FILE, O_RDONLY },
	{ "readlink", do_readlink, A_LINK, -1 },
	{ "symlink", do_symlink, NOTHING, -1 },
	{ "mknod", do_mknod, NOTHING, -1 },
	{ "mkdir", do_mkdir, NOTHING, -1 },
	{ "unlink", do_unlink, A_FILE, -1 },
	{ "rmdir", do_rmdir, A_DIRECTORY, -1 },
	{ "rename", do_rename, A_FILE, -1 },
	{ "rename2", do_rename2, A_FILE, -1 },
	{ "link", do_link, A_FILE, -1 },
	{ "open", do_open, A_FILE, -1 },
	{ "read", do_read, A_FILE, O_RDONLY | O_DIRECT },
	{ "write", do_write, A_FILE, O_RDWR | O_DIRECT },
	{ "statfs", do_statfs, NOTHING, -1 },
	{ "release", do_close, A_FILE, O_RDONLY },
	{ "fsync", do_fsync, A_FILE, O_RDWR },
	{ "setxattr", do_setxattr, A_FILE, O_RDWR },
	{ "getxattr", do_getxattr, A_FILE, O_RDWR },
	{ "listxattr", do_listxattr, A_FILE, O_RDWR },
	{ "removexattr", do_removexattr, A_FILE, O_RDWR },
	{ "flush", do_close, A_FILE, O_RDWR },
	{ "opendir", do_opendir, A_DIRECTORY, -1 },
	{ "readdir", do_readdir, A_DIRECTORY, O_RDONLY | O_DIRECTORY },
	{ "readdirplus", do_readdirplus, A_DIRECTORY, O_RDONLY | O_DIRECTORY },
	{ "releasedir", do_close, A_DIRECTORY, O_RDONLY | O_DIRECTORY },
	{ "fsyncdir", do_fsync, A_DIRECTORY, O_RDONLY | O_DIRECTORY },
	{ "create", do_create, NOTHING, -1 },
	{ "ioctl", do_ioctl, A_FILE, O_RDWR },
	{ "fallocate", do_fallocate, A_FILE, O_RDWR },
	{ "lseek", do_lseek, A_FILE, O_RDONLY },
	{ "copy_file_range", do_copy_file_range, A_FILE, O_RDWR },
	{ "tmpfile", do_tmpfile, NOTHING, -1 },
	{ "access", do_access, A_FILE, -1 },
};

static bool make_file(const char *name)
{
	int file = open(name, O_RDWR | O_CREAT, 0644);
	bool good = file >= 0 && write(file, bytes, BYTES) == BYTES &&
		    !fsetxattr(file, "user.there", "1", 1, 0);

	return file >= 0 && !close(file) && good;
}

static bool make_directory(const char *name)
{
	return !mkdir(name, 0755);
}

/* The directory that is listed has more than one listing in it. */
static bool fill(const char *name)
{
	for (int i = 0; i < ENTRIES; i++) {
		char path[64];
		int file;

		snprintf(path, sizeof(path), "%s/entry-%d", name, i);
		file = open(path, O_RDWR | O_CREAT, 0644);
		if (file < 0 || close(file))
			return false;
	}
	return true;
}

static bool prepare(void)
{
	bool good = make_file("copied");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].need == A_FILE)
			good &= make_file(rows[i].name);
		else if (rows[i].need == A_DIRECTORY)
			good &= make_directory(rows[i].name);
		else if (rows[i].need == A_LINK)
			good &= !symlink("target", rows[i].name);
	}
	return good && fill("readdir");
}

static bool call(size_t i)
{
	if (rows[i].flags >= 0)
		fd = open(rows[i].name, rows[i].flags);
	return fd >= 0 && !rows[i].call();
}

static void ignore(UNUSED int number)
{
}

static void prepare_process(void)
{
	struct sigaction action = { .sa_handler = ignore };

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	umask(0);
}

static int say(bool good)
{
	puts(good ? "ok" : strerrorname_np(errno));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3 || chdir(argv[2])) {
		fputs("usage: one-call OPERATION DIR\n", stderr);
		return 2;
	}
	prepare_process();
	if (!strcmp(argv[1], "prepare"))
		return say(prepare());
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(argv[1], rows[i].name))
			return say(call(i));
	return 2;
}
