/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of inodes on a directory of its own. Most cases run twice, by handle
 * (as far as the machine allows it) and by descriptor, which a table without
 * CAP_DAC_READ_SEARCH uses.
 */
#ifndef PIN_INODE_BENCH_H
#define PIN_INODE_BENCH_H

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/compiler.h"
#include "daemon/inode.h"

enum { ROOT_NODEID = 1 };

/* What a case works on. */
static char dir[64];
static int dir_fd;
static struct inode_table *table;
static struct inode *root;

/* ---- set-up ---- */

UNUSED static void raise_or_drop_cap(bool raise)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
	uint32_t mask = CAP_TO_MASK(CAP_DAC_READ_SEARCH);

	assert_int_equal(syscall(SYS_capget, &header, caps), 0);
	if (raise)
		caps[0].effective |= caps[0].permitted & mask;
	else
		caps[0].effective &= ~mask;
	assert_int_equal(syscall(SYS_capset, &header, caps), 0);
}

UNUSED static void make_file(const char *name)
{
	int fd = openat(dir_fd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC,
			0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, name, strlen(name)), strlen(name));
	close(fd);
}

UNUSED static int set_up(bool by_handle)
{
	struct stat hidden;

	snprintf(dir, sizeof(dir), "inode_test.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0 || mkdirat(dir_fd, "state", 0700) ||
	    fstatat(dir_fd, "state", &hidden, 0))
		return -1;
	raise_or_drop_cap(by_handle);
	if (inode_table_create(dir_fd, &hidden, &table))
		return -1;
	root = inode_from_nodeid(table, ROOT_NODEID);
	return 0;
}

UNUSED static int set_up_handle(void **state)
{
	(void)state;
	return set_up(true);
}

UNUSED static int set_up_descriptor(void **state)
{
	(void)state;
	return set_up(false);
}

UNUSED static int remove_tree(const char *path)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	return system(command);
}

UNUSED static int tear_down(void **state)
{
	(void)state;
	inode_table_destroy(table);
	table = NULL;
	close(dir_fd);
	return remove_tree(dir);
}

UNUSED static bool is_by_handle(void)
{
	return !strcmp(inode_table_mode(table), "handle");
}

UNUSED static struct inode *look_up_in(struct inode *parent, const char *name)
{
	struct inode *inode = NULL;
	struct stat attr;

	assert_int_equal(inode_lookup(table, parent, name, &inode, &attr), 0);
	assert_int_equal(attr.st_ino, inode_ino(inode));
	return inode;
}

UNUSED static struct inode *look_up(const char *name)
{
	return look_up_in(root, name);
}

UNUSED static int look_up_error(struct inode *parent, const char *name)
{
	struct inode *inode;
	struct stat attr;

	return inode_lookup(table, parent, name, &inode, &attr);
}

UNUSED static void assert_path(struct inode *inode, const char *name,
			const char *wanted)
{
	char path[64];

	inode_path(table, inode, name, path, sizeof(path));
	assert_string_equal(path, wanted);
}

#define BY_HANDLE(name) \
	{ #name " (by handle)", name, set_up_handle, tear_down, NULL }
#define BY_DESCRIPTOR(name) \
	{ #name " (by descriptor)", name, set_up_descriptor, tear_down, NULL }
#define BOTH_WAYS(name) BY_HANDLE(name), BY_DESCRIPTOR(name)

#endif
