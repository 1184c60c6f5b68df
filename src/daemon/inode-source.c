/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access to SOURCE: its root, names in it, identities of its files.
 *
 * The root is a private clone of the mount that SOURCE lies on
 * (open_tree(OPEN_TREE_CLONE), not recursive): nothing is mounted inside it, so
 * that submounts show as the directories beneath them, and SOURCE may be
 * covered by our own mount. Without the right to clone (CAP_SYS_ADMIN) it is
 * SOURCE itself, and names that are mount points are not found: an openat2(2)
 * with RESOLVE_NO_XDEV gives EXDEV. The mount counts, not st_dev: a subvolume of
 * btrfs has another st_dev and belongs to SOURCE.
 *
 * Handles are used when the root can be opened by its own, on the filesystems
 * whose handles last (csum-key.c): elsewhere a handle turns stale while the file
 * is well. A file without a handle keeps a descriptor, as all do in descriptor
 * mode.
 */
#include "daemon/inode-table.h"

#include <errno.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/log.h"
#include "csum/csum-key.h"

/*
 * What a snapshot of btrfs shows where the original has a subvolume: an empty
 * directory that is made up when it is looked up (fs/btrfs/inode.c:
 * new_simple_dir()), and cannot be found by its handle.
 */
enum { BTRFS_EMPTY_SUBVOLUME_INO = 2 };

uint64_t inode_map_ino(const struct inode_table *table, dev_t dev, ino_t ino)
{
	/*
	 * Users see one st_dev. Subvolumes number their files alike, and a
	 * directory with the numbers of its ancestor looks like a loop: the
	 * upper bits tell them apart.
	 */
	if (!table->root || dev == table->root->dev)
		return ino;
	return ino ^ ((uint64_t)dev * 0x9e3779b97f4a7c15ULL) << 40;
}

uint64_t inode_entry_ino(const struct inode_table *table,
			 const struct inode *dir, uint64_t d_ino)
{
	return inode_map_ino(table, dir->dev, d_ino);
}

int inode_reopen(int fd, int flags)
{
	char path[32];

	/* The link is followed, what it leads to is not: it is no symlink. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, (flags & ~O_NOFOLLOW) | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int inode_open_path(int fd)
{
	/* Without OPEN_TREE_CLONE it is open(2) with O_PATH. */
	fd = open_tree(fd, "", OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	return fd < 0 ? -errno : fd;
}

int inode_open_name(int dir_fd, const char *name)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));

	if (fd < 0)
		return errno == EXDEV ? -ENOENT : -errno;
	return (int)fd;
}

static bool has_no_handle(const struct inode_table *table,
			  const struct stat *attr)
{
	return table->mount_fd < 0 ||
	       (table->btrfs && attr->st_ino == BTRFS_EMPTY_SUBVOLUME_INO);
}

int inode_identify(const struct inode_table *table, int fd,
		   struct inode_identity *id_ret)
{
	int mount_id;

	if (fstatat(fd, "", &id_ret->attr, AT_EMPTY_PATH) < 0)
		return -errno;
	id_ret->handle.handle_type = 0;
	id_ret->handle.handle_bytes = 0;
	if (has_no_handle(table, &id_ret->attr))
		return 0;
	id_ret->handle.handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(fd, "", &id_ret->handle, &mount_id,
			      AT_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

/* Try it: it needs CAP_DAC_READ_SEARCH, not in a user namespace. */
static bool may_open_by_handle(struct inode_table *table, int root_fd)
{
	struct inode_identity id;
	int fd;

	if (inode_identify(table, root_fd, &id))
		return false;
	fd = open_by_handle_at(table->mount_fd, &id.handle,
			       O_PATH | O_CLOEXEC);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int clone_root(int source_fd)
{
	int fd = open_tree(source_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
			   AT_EMPTY_PATH);

	if (fd >= 0)
		return fd;
	log_debug("SOURCE's mount cannot be cloned (%m): what is mounted "
		  "inside it is not shown");
	fd = fcntl(source_fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

int inode_source_open(struct inode_table *table, int source_fd,
		      int *root_fd_ret)
{
	int root_fd = clone_root(source_fd);
	struct statfs fs;

	if (root_fd < 0)
		return root_fd;
	table->mount_fd = -1;
	if (!fstatfs(root_fd, &fs) && csum_key_handles_last(root_fd)) {
		table->btrfs = fs.f_type == BTRFS_SUPER_MAGIC;
		/* open_by_handle_at(2) takes no O_PATH descriptor. */
		table->mount_fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY |
					 O_CLOEXEC);
		if (table->mount_fd >= 0 &&
		    !may_open_by_handle(table, root_fd)) {
			close(table->mount_fd);
			table->mount_fd = -1;
		}
	}
	*root_fd_ret = root_fd;
	return 0;
}
