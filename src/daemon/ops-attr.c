/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes, extended attributes, statfs(2).
 *
 * Calls that take no O_PATH descriptor go through its magic link in
 * /proc/self/fd. The link is followed to the file and no further: what an
 * O_PATH descriptor of a symbolic link leads to is the symbolic link itself
 * (fs/namei.c: nd_jump_link()). The l... variants would act on the magic link.
 */
#include "daemon/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "daemon/handle.h"
#include "daemon/store.h"

enum { MAGIC_PATH_SIZE = 32 };

static void magic_path(int fd, char path[MAGIC_PATH_SIZE])
{
	snprintf(path, MAGIC_PATH_SIZE, "/proc/self/fd/%d", fd);
}

static void reply_attr(fuse_req_t req, int err, const struct stat *attr)
{
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_attr(req, attr, OPS_ATTR_TIMEOUT_S);
}

void ops_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = ops_fs(req);
	int fd = fi ? handle_from_fh(fi->fh)->fd : -1;
	struct stat attr;
	int err = inode_getattr(fs->inodes, ops_inode(fs, ino), fd, &attr);

	reply_attr(req, err, &attr);
}

/* ---- setattr ---- */

/* A SETATTR at work. */
struct change {
	struct fs *fs;
	struct inode *inode;
	const struct stat *attr;	/* wanted */
	int to_set;			/* FUSE_SET_ATTR_* */
	int open_fd;			/* of the open file it came by; or -1 */
	int path_fd;			/* O_PATH, when open_fd is -1 */
	char path[MAGIC_PATH_SIZE];	/* of path_fd */
};

static int change_owner(const struct change *change)
{
	bool has_uid = change->to_set & FUSE_SET_ATTR_UID;
	bool has_gid = change->to_set & FUSE_SET_ATTR_GID;
	uid_t uid = has_uid ? change->attr->st_uid : (uid_t)-1;
	gid_t gid = has_gid ? change->attr->st_gid : (gid_t)-1;
	int fd = change->open_fd >= 0 ? change->open_fd : change->path_fd;

	if (!has_uid && !has_gid)
		return 0;
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

static int change_mode(const struct change *change)
{
	mode_t mode = change->attr->st_mode & ~S_IFMT;
	int ret;

	if (!(change->to_set & FUSE_SET_ATTR_MODE))
		return 0;
	if (change->open_fd >= 0)
		ret = fchmod(change->open_fd, mode);
	else
		ret = chmod(change->path, mode);
	return ret < 0 ? -errno : 0;
}

/*
 * The block at the new end is read, too, where that is permitted; nobody must
 * see that in the time of the last access.
 */
static int open_for_truncate(const struct change *change)
{
	static const int flags[] = { O_RDWR | O_NOATIME, O_RDWR, O_WRONLY };
	int fd = -EACCES;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = inode_open(change->fs->inodes, change->inode, flags[i]);
		if (fd != -EACCES && fd != -EPERM)
			break;
	}
	return fd;
}

static int change_size(const struct change *change)
{
	bool kill = change->to_set & FUSE_SET_ATTR_KILL_SUID;
	autoclose int own_fd = -1;
	int fd = change->open_fd;
	int err;

	if (!(change->to_set & FUSE_SET_ATTR_SIZE))
		return 0;
	if (fd < 0)
		fd = own_fd = open_for_truncate(change);
	if (fd < 0)
		return fd;
	if (kill)
		ops_caller_drop_fsetid();
	err = store_truncate(change->fs, change->inode, fd,
			     change->attr->st_size);
	if (kill)
		ops_caller_restore_fsetid();
	/* No RELEASE will come. */
	if (own_fd >= 0)
		store_rest(change->inode);
	return err;
}

static struct timespec wanted_time(const struct change *change, int set,
				   int set_now, struct timespec time)
{
	if (change->to_set & set_now)
		return (struct timespec){ .tv_nsec = UTIME_NOW };
	if (change->to_set & set)
		return time;
	return (struct timespec){ .tv_nsec = UTIME_OMIT };
}

static int change_times(const struct change *change)
{
	struct timespec times[2] = {
		wanted_time(change, FUSE_SET_ATTR_ATIME,
			    FUSE_SET_ATTR_ATIME_NOW, change->attr->st_atim),
		wanted_time(change, FUSE_SET_ATTR_MTIME,
			    FUSE_SET_ATTR_MTIME_NOW, change->attr->st_mtim),
	};
	int fd = change->open_fd >= 0 ? change->open_fd : change->path_fd;

	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	return utimensat(fd, "", times, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* The owner before the mode, which chown(2) may change; the times last. */
static int apply(const struct change *change)
{
	int err = change_owner(change);

	if (!err)
		err = change_mode(change);
	if (!err)
		err = change_size(change);
	return err ? err : change_times(change);
}

static int do_setattr(struct fs *fs, struct inode *inode, struct change *change,
		      struct stat *attr_ret)
{
	struct inode_fd fd;
	int err;

	store_touch(fs, inode);
	if (change->open_fd >= 0) {
		err = apply(change);
	} else {
		err = inode_fd_get(fs->inodes, inode, &fd);
		if (err)
			return err;
		change->path_fd = fd.fd;
		magic_path(fd.fd, change->path);
		err = apply(change);
		inode_fd_put(fs->inodes, &fd);
	}
	return err ? err : inode_getattr(fs->inodes, inode, change->open_fd,
					 attr_ret);
}

void ops_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		 struct fuse_file_info *fi)
{
	struct fs *fs = ops_fs(req);
	struct change change = {
		.fs = fs,
		.inode = ops_inode(fs, ino),
		.attr = attr,
		.to_set = to_set,
		.open_fd = fi ? handle_from_fh(fi->fh)->fd : -1,
	};
	struct stat now;
	int err = do_setattr(fs, change.inode, &change, &now);

	reply_attr(req, err, &now);
}

void ops_statfs(fuse_req_t req, UNUSED fuse_ino_t ino)
{
	struct statvfs result;

	if (fstatvfs(ops_fs(req)->source_fd, &result) < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_statfs(req, &result);
}

/* ---- extended attributes ---- */

void ops_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		  const char *value, size_t size, int flags)
{
	struct fs *fs = ops_fs(req);
	char path[MAGIC_PATH_SIZE];
	struct inode_fd fd;
	int err = inode_fd_get(fs->inodes, ops_inode(fs, ino), &fd);

	store_touch(fs, ops_inode(fs, ino));
	if (!err) {
		magic_path(fd.fd, path);
		if (setxattr(path, name, value, size, flags) < 0)
			err = -errno;
		inode_fd_put(fs->inodes, &fd);
	}
	fuse_reply_err(req, -err);
}

void ops_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct fs *fs = ops_fs(req);
	char path[MAGIC_PATH_SIZE];
	struct inode_fd fd;
	int err = inode_fd_get(fs->inodes, ops_inode(fs, ino), &fd);

	store_touch(fs, ops_inode(fs, ino));
	if (!err) {
		magic_path(fd.fd, path);
		if (removexattr(path, name) < 0)
			err = -errno;
		inode_fd_put(fs->inodes, &fd);
	}
	fuse_reply_err(req, -err);
}

/* The value of @name, or the names when it is NULL. Length or -errno. */
static ssize_t read_xattr(struct fs *fs, struct inode *inode, const char *name,
			  void *buf, size_t size)
{
	char path[MAGIC_PATH_SIZE];
	struct inode_fd fd;
	ssize_t len = inode_fd_get(fs->inodes, inode, &fd);

	if (len < 0)
		return len;
	magic_path(fd.fd, path);
	len = name ? getxattr(path, name, buf, size) :
		     listxattr(path, buf, size);
	if (len < 0)
		len = -errno;
	inode_fd_put(fs->inodes, &fd);
	return len;
}

/* @size 0 asks for the length only. */
static void reply_xattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			size_t size)
{
	struct fs *fs = ops_fs(req);
	void *buf = size ? ops_buffer(size) : NULL;
	ssize_t len = -ENOMEM;

	if (buf || !size)
		len = read_xattr(fs, ops_inode(fs, ino), name, buf, size);
	if (len < 0)
		fuse_reply_err(req, (int)-len);
	else if (!size)
		fuse_reply_xattr(req, (size_t)len);
	else
		fuse_reply_buf(req, buf, (size_t)len);
}

void ops_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	reply_xattr(req, ino, name, size);
}

void ops_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	reply_xattr(req, ino, NULL, size);
}
