/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names: looking them up, making, moving and removing them.
 *
 * The state directory is not there for a lookup, and nothing can be made or
 * moved onto its name. The kernel holds its own locks on the directories until
 * it has our reply, so that hints follow in the order in which names changed.
 */
#include "daemon/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/settle.h"
#include "daemon/store.h"

/* A directory in which a name is to be changed. */
static int borrow_parent(struct fs *fs, struct inode *parent, const char *name,
			 struct inode_fd *dir_ret)
{
	if (inode_name_is_hidden(fs->inodes, parent, name))
		return -EPERM;
	return inode_fd_get(fs->inodes, parent, dir_ret);
}

static int do_lookup(struct fs *fs, struct inode *parent, const char *name,
		     struct fuse_entry_param *entry_ret)
{
	struct inode *inode;
	struct stat attr;
	int err = inode_lookup(fs->inodes, parent, name, &inode, &attr);

	if (!err)
		ops_fill_entry(inode, &attr, entry_ret);
	return err;
}

static void reply_entry(fuse_req_t req, int err,
			const struct fuse_entry_param *entry)
{
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_entry(req, entry);
}

void ops_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = ops_fs(req);
	struct fuse_entry_param entry;
	int err = do_lookup(fs, ops_inode(fs, parent), name, &entry);

	reply_entry(req, err, &entry);
}

void ops_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	struct fs *fs = ops_fs(req);

	settle_forget(fs, ops_inode(fs, ino), nlookup);
	fuse_reply_none(req);
}

void ops_forget_multi(fuse_req_t req, size_t count,
		      struct fuse_forget_data *forgets)
{
	struct fs *fs = ops_fs(req);

	for (size_t i = 0; i < count; i++)
		settle_forget(fs, ops_inode(fs, forgets[i].ino),
			      forgets[i].nlookup);
	fuse_reply_none(req);
}

/* ---- making ---- */

/* What is to be made, for one of the calls that make a name. */
struct making {
	const char *name;
	mode_t mode;		/* with the type */
	dev_t rdev;		/* devices */
	const char *target;	/* symbolic links */
};

static int make_at(int dir_fd, const struct making *making)
{
	int ret;

	if (S_ISDIR(making->mode))
		ret = mkdirat(dir_fd, making->name, making->mode & ~S_IFMT);
	else if (S_ISLNK(making->mode))
		ret = symlinkat(making->target, dir_fd, making->name);
	else
		ret = mknodat(dir_fd, making->name, making->mode, making->rdev);
	return ret < 0 ? -errno : 0;
}

static int do_make(fuse_req_t req, struct inode *parent,
		   const struct making *making,
		   struct fuse_entry_param *entry_ret)
{
	struct fs *fs = ops_fs(req);
	struct inode_fd dir;
	int err = borrow_parent(fs, parent, making->name, &dir);

	if (err)
		return err;
	err = ops_caller_enter(req);
	if (!err) {
		err = make_at(dir.fd, making);
		ops_caller_leave();
	}
	inode_fd_put(fs->inodes, &dir);
	return err ? err : do_lookup(fs, parent, making->name, entry_ret);
}

static void make(fuse_req_t req, fuse_ino_t parent, const struct making *making)
{
	struct fuse_entry_param entry;
	int err = do_make(req, ops_inode(ops_fs(req), parent), making, &entry);

	reply_entry(req, err, &entry);
}

void ops_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
	       mode_t mode, dev_t rdev)
{
	struct making making = { .name = name, .mode = mode, .rdev = rdev };

	make(req, parent, &making);
}

void ops_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct making making = {
		.name = name, .mode = S_IFDIR | (mode & ~S_IFMT),
	};

	make(req, parent, &making);
}

void ops_symlink(fuse_req_t req, const char *link, fuse_ino_t parent,
		 const char *name)
{
	struct making making = { .name = name, .mode = S_IFLNK, .target = link };

	make(req, parent, &making);
}

/*
 * By the magic link of an O_PATH descriptor, not by AT_EMPTY_PATH, which needs
 * CAP_DAC_READ_SEARCH. It is followed to what the descriptor is of and no
 * further, so that a symbolic link itself gets a second name.
 */
static int link_at(int fd, int dir_fd, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	return 0;
}

static int do_link(struct fs *fs, struct inode *inode, struct inode *parent,
		   const char *name, struct fuse_entry_param *entry_ret)
{
	struct inode_fd file;
	struct inode_fd dir;
	int err = borrow_parent(fs, parent, name, &dir);

	if (err)
		return err;
	store_touch(fs, inode);
	err = inode_fd_get(fs->inodes, inode, &file);
	if (!err) {
		err = link_at(file.fd, dir.fd, name);
		inode_fd_put(fs->inodes, &file);
	}
	inode_fd_put(fs->inodes, &dir);
	return err ? err : do_lookup(fs, parent, name, entry_ret);
}

void ops_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
	      const char *newname)
{
	struct fs *fs = ops_fs(req);
	struct fuse_entry_param entry;
	int err = do_link(fs, ops_inode(fs, ino), ops_inode(fs, newparent),
			  newname, &entry);

	reply_entry(req, err, &entry);
}

/* ---- removing and moving ---- */

static int do_unlink(struct fs *fs, struct inode *parent, const char *name,
		     int flags)
{
	struct inode_fd dir;
	int err = borrow_parent(fs, parent, name, &dir);

	if (err)
		return err;
	if (!flags)
		store_touch_name(fs, parent, name);
	if (unlinkat(dir.fd, name, flags) < 0)
		err = -errno;
	else
		inode_unlinked(fs->inodes, parent, name);
	inode_fd_put(fs->inodes, &dir);
	return err;
}

void ops_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = ops_fs(req);
	int err = do_unlink(fs, ops_inode(fs, parent), name, 0);

	fuse_reply_err(req, -err);
}

void ops_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = ops_fs(req);
	int err = do_unlink(fs, ops_inode(fs, parent), name, AT_REMOVEDIR);

	fuse_reply_err(req, -err);
}

/* A name in a directory. */
struct place {
	struct inode *dir;
	const char *name;
};

static int do_rename(struct fs *fs, const struct place *from,
		     const struct place *to, unsigned int flags)
{
	struct inode_fd from_dir;
	struct inode_fd to_dir;
	int err = borrow_parent(fs, from->dir, from->name, &from_dir);

	if (err)
		return err;
	err = borrow_parent(fs, to->dir, to->name, &to_dir);
	if (err) {
		inode_fd_put(fs->inodes, &from_dir);
		return err;
	}
	store_touch_name(fs, from->dir, from->name);
	store_touch_name(fs, to->dir, to->name);
	if (renameat2(from_dir.fd, from->name, to_dir.fd, to->name, flags) < 0)
		err = -errno;
	else
		inode_renamed(fs->inodes, from->dir, from->name, to->dir,
			      to->name, flags & RENAME_EXCHANGE);
	inode_fd_put(fs->inodes, &to_dir);
	inode_fd_put(fs->inodes, &from_dir);
	return err;
}

void ops_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		fuse_ino_t newparent, const char *newname, unsigned int flags)
{
	struct fs *fs = ops_fs(req);
	struct place from = { ops_inode(fs, parent), name };
	struct place to = { ops_inode(fs, newparent), newname };
	/* A whiteout is a file that is made: the caller's. */
	int err = flags & RENAME_WHITEOUT ? ops_caller_enter(req) : 0;

	if (!err)
		err = do_rename(fs, &from, &to, flags);
	ops_caller_leave();

	fuse_reply_err(req, -err);
}

/* ---- symbolic links ---- */

static int do_readlink(struct fs *fs, struct inode *inode,
		       char target_ret[PATH_MAX + 1])
{
	struct inode_fd link;
	int err = inode_fd_get(fs->inodes, inode, &link);
	ssize_t len;

	if (err)
		return err;
	len = readlinkat(link.fd, "", target_ret, PATH_MAX + 1);
	if (len < 0)
		err = -errno;
	else if (len > PATH_MAX)
		err = -ENAMETOOLONG;
	else
		target_ret[len] = '\0';
	inode_fd_put(fs->inodes, &link);
	return err;
}

void ops_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct fs *fs = ops_fs(req);
	char target[PATH_MAX + 1];
	int err = do_readlink(fs, ops_inode(fs, ino), target);

	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_readlink(req, target);
}
