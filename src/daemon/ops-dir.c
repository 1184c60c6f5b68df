/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading directories. Offsets are those of SOURCE (d_off). An entry that does
 * not fit stays pending in the handle, because the stream has passed it.
 * READDIRPLUS counts a lookup for every entry that it sends with an inode, which
 * is every entry but "." and ".." that can be looked up; one that cannot (it is
 * gone by now) is sent without, and the kernel looks it up when asked for it.
 */
#include "daemon/ops.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/handle.h"

static int do_opendir(struct fs *fs, struct inode *inode, uint64_t *fh_ret)
{
	int fd = inode_open(fs->inodes, inode, O_RDONLY | O_DIRECTORY);
	struct handle_dir *dir;

	if (fd < 0)
		return fd;
	dir = handle_create_dir(inode, fd);
	if (!dir)
		return -errno;
	inode_add_handle(fs->inodes, &dir->base);
	*fh_ret = (uintptr_t)&dir->base;
	return 0;
}

void ops_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = ops_fs(req);
	int err = do_opendir(fs, ops_inode(fs, ino), &fi->fh);

	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_open(req, fi);
}

void ops_releasedir(fuse_req_t req, UNUSED fuse_ino_t ino,
		    struct fuse_file_info *fi)
{
	ops_close(ops_fs(req), handle_from_fh(fi->fh));
	fuse_reply_err(req, 0);
}

void ops_fsyncdir(fuse_req_t req, UNUSED fuse_ino_t ino, int datasync,
		  struct fuse_file_info *fi)
{
	int fd = handle_dir_from_fh(fi->fh)->base.fd;
	int ret = datasync ? fdatasync(fd) : fsync(fd);

	fuse_reply_err(req, ret < 0 ? errno : 0);
}

/* A reply in the making. */
struct listing {
	fuse_req_t req;
	struct fs *fs;
	struct handle_dir *dir;
	char *buf;
	size_t size;		/* of buf */
	size_t used;
	bool plus;		/* with inodes and attributes */
};

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static bool is_hidden(const struct listing *listing, const struct dirent *entry)
{
	struct inode_table *inodes = listing->fs->inodes;

	return inode_is_hidden(inodes, entry->d_ino) &&
	       inode_name_is_hidden(inodes, listing->dir->base.inode,
				    entry->d_name);
}

/* The attributes that a directory entry itself gives. */
static struct stat entry_attr(const struct listing *listing,
			      const struct dirent *entry)
{
	return (struct stat){
		.st_ino = inode_entry_ino(listing->fs->inodes,
					  listing->dir->base.inode,
					  entry->d_ino),
		.st_mode = (mode_t)entry->d_type << 12,
	};
}

static void add_entry(struct listing *listing, const struct dirent *entry)
{
	struct stat attr = entry_attr(listing, entry);

	listing->used += fuse_add_direntry(
		listing->req, listing->buf + listing->used,
		listing->size - listing->used, entry->d_name, &attr,
		entry->d_off);
}

static void add_entry_plus(struct listing *listing, const struct dirent *entry)
{
	struct fuse_entry_param param = { .attr = entry_attr(listing, entry) };
	struct inode *inode;
	struct stat attr;

	if (!is_dots(entry->d_name) &&
	    !inode_lookup(listing->fs->inodes, listing->dir->base.inode,
			  entry->d_name, &inode, &attr))
		ops_fill_entry(inode, &attr, &param);
	listing->used += fuse_add_direntry_plus(
		listing->req, listing->buf + listing->used,
		listing->size - listing->used, entry->d_name, &param,
		entry->d_off);
}

static bool fits(const struct listing *listing, const struct dirent *entry)
{
	size_t size = listing->plus ?
		fuse_add_direntry_plus(listing->req, NULL, 0, entry->d_name,
				       NULL, 0) :
		fuse_add_direntry(listing->req, NULL, 0, entry->d_name, NULL,
				  0);

	return size <= listing->size - listing->used;
}

static struct dirent *next_entry(struct handle_dir *dir)
{
	if (!dir->pending) {
		errno = 0;
		dir->pending = readdir(dir->stream);
	}
	return dir->pending;
}

static void go_to(struct handle_dir *dir, off_t off)
{
	if (off == dir->offset)
		return;
	if (off)
		seekdir(dir->stream, off);
	else
		rewinddir(dir->stream);
	dir->offset = off;
	dir->pending = NULL;
}

/* Return: 0 or -errno; 0 with what there is when an error comes later. */
static int fill(struct listing *listing)
{
	struct handle_dir *dir = listing->dir;
	struct dirent *entry;

	while ((entry = next_entry(dir))) {
		if (!is_hidden(listing, entry)) {
			if (!fits(listing, entry))
				return 0;
			if (listing->plus)
				add_entry_plus(listing, entry);
			else
				add_entry(listing, entry);
		}
		dir->offset = entry->d_off;
		dir->pending = NULL;
	}
	return listing->used ? 0 : -errno;
}

static void list(fuse_req_t req, size_t size, off_t off,
		 struct fuse_file_info *fi, bool plus)
{
	struct listing listing = {
		.req = req,
		.fs = ops_fs(req),
		.dir = handle_dir_from_fh(fi->fh),
		.buf = ops_buffer(size),
		.size = size,
		.plus = plus,
	};
	int err = -ENOMEM;

	if (listing.buf) {
		bool busy = atomic_flag_test_and_set(&listing.dir->busy);

		assert(!busy);
		go_to(listing.dir, off);
		err = fill(&listing);
		atomic_flag_clear(&listing.dir->busy);
	}
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_buf(req, listing.buf, listing.used);
}

void ops_readdir(fuse_req_t req, UNUSED fuse_ino_t ino, size_t size, off_t off,
		 struct fuse_file_info *fi)
{
	list(req, size, off, fi, false);
}

void ops_readdirplus(fuse_req_t req, UNUSED fuse_ino_t ino, size_t size,
		     off_t off, struct fuse_file_info *fi)
{
	list(req, size, off, fi, true);
}
