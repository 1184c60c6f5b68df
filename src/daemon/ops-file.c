/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open files: OPEN, CREATE (also of a file without a name), and what is done
 * with them besides reading and writing.
 *
 * Open flags. SOURCE is opened O_RDWR for O_WRONLY, because with the writeback
 * cache the kernel reads a page before it writes a part of it, through any file
 * that is open for writing, and because a block is verified before a part of it
 * changes. Nobody shall see that in the time of the last access: O_NOATIME. Where
 * reading is not permitted it stays O_WRONLY.
 * O_APPEND is left to the kernel in every cache mode: it sends offsets from its
 * own idea of the size, under the inode's lock, and nobody else writes to
 * SOURCE; with O_APPEND pwrite(2) would ignore the offset. O_DIRECT is about the
 * caller's pages, not about SOURCE's. O_SYNC and O_DSYNC become FSYNC requests,
 * except for cache=none, where SOURCE is asked. O_TRUNC comes with OPEN
 * (ATOMIC_O_TRUNC); it is a truncation like any other (store.h), and takes
 * set-user-ID away as it does for the caller.
 */
#include "daemon/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/declare.h"
#include "daemon/handle.h"
#include "daemon/receipt.h"
#include "daemon/record.h"
#include "daemon/request.h"
#include "daemon/session.h"
#include "daemon/store.h"

static int source_flags(const struct fs *fs, int flags)
{
	int keep = O_ACCMODE | O_NOATIME;

	if (fs->config->cache == CONFIG_CACHE_NONE)
		keep |= O_SYNC | O_DSYNC;
	flags &= keep;
	if ((flags & O_ACCMODE) == O_WRONLY)
		flags = (flags & ~O_ACCMODE) | O_RDWR;
	return flags | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
}

static bool is_writable(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

static void set_cache(const struct fs *fs, struct fuse_file_info *fi)
{
	/*
	 * Without it an open drops the file's pages, pinned ones, too
	 * (fs/fuse/file.c: fuse_open(), 6.18). Only when a gate asks for it.
	 */
	fi->keep_cache = !session_current()->fault.drops;
	fi->direct_io = fs->config->cache == CONFIG_CACHE_NONE;
}

/* Take the descriptor over, and tell the inode. */
static int make_handle(struct fs *fs, struct inode *inode, int fd,
		       struct fuse_file_info *fi)
{
	struct handle *handle = handle_create(inode, fd,
					      is_writable(fi->flags));

	if (!handle)
		return -ENOMEM;
	handle->readable = (fi->flags & O_ACCMODE) != O_WRONLY;
	handle->direct = fi->flags & O_DIRECT;
	inode_add_handle(fs->inodes, handle);
	expect_open(&fs->expect, fs->session, inode_expect(inode),
		    handle->writable, handle->direct);
	fi->fh = (uintptr_t)handle;
	set_cache(fs, fi);
	return 0;
}

static int open_source(struct fs *fs, struct inode *inode, int flags)
{
	const int tries[] = {
		source_flags(fs, flags) | O_NOATIME,
		source_flags(fs, flags),
		(source_flags(fs, flags) & ~O_ACCMODE) | O_WRONLY,
	};
	int fd = -EACCES;

	if ((flags & O_ACCMODE) != O_WRONLY)
		return inode_open(fs->inodes, inode, tries[1]);
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		fd = inode_open(fs->inodes, inode, tries[i]);
		if (fd != -EACCES && fd != -EPERM)
			break;
	}
	return fd;
}

/*
 * A change of a file's bytes takes set-user-ID away unless the caller has
 * CAP_FSETID. libfuse does not pass on what the kernel says of it here; root has
 * it.
 */
static bool kills_privileges(fuse_req_t req)
{
	return fuse_req_ctx(req)->uid != 0;
}

/* Also with O_RDONLY: the kernel has seen to it that the caller may. */
static int truncate_opening(fuse_req_t req, struct inode *inode)
{
	struct fs *fs = ops_fs(req);
	bool kill = kills_privileges(req);
	autoclose int fd = open_source(fs, inode, O_WRONLY);
	int err;

	if (fd < 0)
		return fd;
	if (kill)
		ops_caller_drop_fsetid();
	err = store_truncate(fs, inode, fd, 0);
	if (kill)
		ops_caller_restore_fsetid();
	return err;
}

static int do_open(fuse_req_t req, struct inode *inode,
		   struct fuse_file_info *fi)
{
	struct fs *fs = ops_fs(req);
	int fd = open_source(fs, inode, fi->flags);
	int err = 0;

	if (fd < 0)
		return fd;
	if (fi->flags & O_TRUNC)
		err = truncate_opening(req, inode);
	if (err) {
		close(fd);
		return err;
	}
	return make_handle(fs, inode, fd, fi);
}

void ops_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	int err = do_open(req, ops_inode(ops_fs(req), ino), fi);

	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_open(req, fi);
}

/* ---- creating ---- */

/* @name NULL makes a file without a name. Return: descriptor or -errno. */
static int create_at(fuse_req_t req, struct inode *parent, const char *name,
		     mode_t mode, int flags)
{
	struct fs *fs = ops_fs(req);
	struct inode_fd dir;
	int fd = inode_fd_get(fs->inodes, parent, &dir);

	if (fd < 0)
		return fd;
	fd = ops_caller_enter(req);
	if (!fd) {
		fd = openat(dir.fd, name ? name : ".", flags, mode);
		if (fd < 0)
			fd = -errno;
		ops_caller_leave();
	}
	inode_fd_put(fs->inodes, &dir);
	return fd;
}

static int finish_create(struct fs *fs, struct inode *parent, const char *name,
			 int fd, struct fuse_file_info *fi,
			 struct fuse_entry_param *entry_ret)
{
	struct inode *inode;
	struct stat attr;
	int err = inode_adopt(fs->inodes, parent, name, fd, &inode, &attr);

	if (err) {
		close(fd);
		return err;
	}
	err = make_handle(fs, inode, fd, fi);
	if (err) {
		inode_forget(fs->inodes, inode, 1);
		return err;
	}
	ops_fill_entry(inode, &attr, entry_ret);
	return 0;
}

/* The name is there already, which the kernel did not know. */
static int open_existing(fuse_req_t req, struct inode *parent, const char *name,
			 struct fuse_file_info *fi,
			 struct fuse_entry_param *entry_ret)
{
	struct fs *fs = ops_fs(req);
	struct inode *inode;
	struct stat attr;
	int err = inode_lookup(fs->inodes, parent, name, &inode, &attr);

	if (err)
		return err;
	err = do_open(req, inode, fi);
	if (err) {
		inode_forget(fs->inodes, inode, 1);
		return err;
	}
	ops_fill_entry(inode, &attr, entry_ret);
	return 0;
}

/*
 * With O_EXCL, so that nothing is opened but a file that we make: what is there
 * already may be a FIFO or a device, which are never opened.
 */
static int do_create(fuse_req_t req, struct inode *parent, const char *name,
		     mode_t mode, struct fuse_file_info *fi,
		     struct fuse_entry_param *entry_ret)
{
	struct fs *fs = ops_fs(req);
	int fd;

	if (inode_name_is_hidden(fs->inodes, parent, name))
		return -EPERM;
	fd = create_at(req, parent, name, mode & ~S_IFMT,
		       source_flags(fs, fi->flags) | O_CREAT | O_EXCL);
	if (fd == -EEXIST && !(fi->flags & O_EXCL))
		return open_existing(req, parent, name, fi, entry_ret);
	return fd < 0 ? fd : finish_create(fs, parent, name, fd, fi, entry_ret);
}

static int do_tmpfile(fuse_req_t req, struct inode *parent, mode_t mode,
		      struct fuse_file_info *fi,
		      struct fuse_entry_param *entry_ret)
{
	struct fs *fs = ops_fs(req);
	int fd = create_at(req, parent, NULL, mode & ~S_IFMT,
			   source_flags(fs, fi->flags & ~O_TRUNC) |
			   O_TMPFILE | (fi->flags & O_EXCL));

	return fd < 0 ? fd : finish_create(fs, parent, NULL, fd, fi, entry_ret);
}

void ops_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		mode_t mode, struct fuse_file_info *fi)
{
	struct inode *dir = ops_inode(ops_fs(req), parent);
	struct fuse_entry_param entry;
	int err;

	if ((fi->flags & O_TMPFILE) == O_TMPFILE)
		err = do_tmpfile(req, dir, mode, fi, &entry);
	else
		err = do_create(req, dir, name, mode, fi, &entry);
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_create(req, &entry, fi);
}

/* ---- closing ---- */

/* Some filesystems (NFS) tell of write errors at close(2). */
void ops_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = ops_fs(req);
	int fd = fcntl(handle_from_fh(fi->fh)->fd, F_DUPFD_CLOEXEC, 0);
	int ret = fd < 0 ? fd : close(fd);

	if (ret < 0)
		ret = -errno;
	closed_note(&fs->closed, inode_ino(ops_inode(fs, ino)));
	fuse_reply_err(req, -ret);
}

void ops_release(fuse_req_t req, UNUSED fuse_ino_t ino,
		 struct fuse_file_info *fi)
{
	ops_close(ops_fs(req), handle_from_fh(fi->fh));
	fuse_reply_err(req, 0);
}

void ops_fsync(fuse_req_t req, UNUSED fuse_ino_t ino, int datasync,
	       struct fuse_file_info *fi)
{
	struct handle *handle = handle_from_fh(fi->fh);
	int err = store_sync(handle->inode, handle->fd, datasync);

	record_sync_end(ops_fs(req), handle->inode, &session_current()->sync,
			err);
	fuse_reply_err(req, -err);
}

/* ---- ranges ---- */

static int do_fallocate(fuse_req_t req, const struct handle *handle, int mode,
			off_t off, off_t len)
{
	bool kill = kills_privileges(req);
	int err;

	if (kill)
		ops_caller_drop_fsetid();
	err = store_fallocate(ops_fs(req), handle->inode, handle->fd, mode, off,
			      len);
	if (kill)
		ops_caller_restore_fsetid();
	return err;
}

void ops_fallocate(fuse_req_t req, UNUSED fuse_ino_t ino, int mode, off_t off,
		   off_t len, struct fuse_file_info *fi)
{
	int err = do_fallocate(req, handle_from_fh(fi->fh), mode, off, len);

	fuse_reply_err(req, -err);
}

/*
 * SEEK_DATA and SEEK_HOLE; the kernel does the others itself. It asks without
 * writing back first (fs/fuse/file.c: fuse_lseek() in 6.18), so that SOURCE may
 * have a hole where the page cache has dirty data, and a copy would miss it.
 * Only the kernel knows better, and it only answers by itself (data everywhere)
 * once we have said ENOSYS, for as long as the mount lives. A file that nobody
 * has open for writing has no dirty pages.
 */
static off_t do_lseek(struct fs *fs, const struct handle *handle, off_t off,
		      int whence)
{
	off_t found;

	if (fs->config->cache == CONFIG_CACHE_WRITEBACK &&
	    inode_is_writable(fs->inodes, handle->inode)) {
		log_info("a hole was looked for in a file that is open for "
			 "writing: from now on this mount shows no holes");
		return -ENOSYS;
	}
	found = lseek(handle->fd, off, whence);
	return found < 0 ? -errno : found;
}

void ops_lseek(fuse_req_t req, UNUSED fuse_ino_t ino, off_t off, int whence,
	       struct fuse_file_info *fi)
{
	off_t found = do_lseek(ops_fs(req), handle_from_fh(fi->fh), off,
			       whence);

	if (found < 0)
		fuse_reply_err(req, (int)-found);
	else
		fuse_reply_lseek(req, found);
}

static ssize_t do_copy(fuse_req_t req, const struct store_copy *copy)
{
	bool kill = kills_privileges(req);
	ssize_t copied;

	if (kill)
		ops_caller_drop_fsetid();
	copied = store_copy(ops_fs(req), copy);
	if (kill)
		ops_caller_restore_fsetid();
	return copied;
}

void ops_copy_file_range(fuse_req_t req, UNUSED fuse_ino_t in, off_t off_in,
			 struct fuse_file_info *fi_in, UNUSED fuse_ino_t out,
			 off_t off_out, struct fuse_file_info *fi_out,
			 size_t len, UNUSED int flags)
{
	const struct handle *from = handle_from_fh(fi_in->fh);
	const struct handle *to = handle_from_fh(fi_out->fh);
	struct store_copy copy = {
		.in = from->inode,
		.out = to->inode,
		.fd_in = from->fd,
		.fd_out = to->fd,
		.off_in = off_in,
		.off_out = off_out,
		.len = len,
	};
	ssize_t copied = do_copy(req, &copy);

	if (copied < 0)
		fuse_reply_err(req, (int)-copied);
	else
		fuse_reply_write(req, (size_t)copied);
}
