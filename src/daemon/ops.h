/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FUSE operations. op_x() replies exactly once, as its last statement;
 * do_x() does the work. Handed to libfuse as one table.
 */
#ifndef PIN_OPS_H
#define PIN_OPS_H

#include <fuse_lowlevel.h>

#include "common/compiler.h"
#include "daemon/fs.h"
#include "daemon/inode.h"

struct handle;

/* TMPFILE (protocol 7.37) is not in the header of every libfuse. */
enum { OPS_TMPFILE = 51 };

/* fuse_req_userdata() of every request is the struct fs. */
extern const struct fuse_lowlevel_ops ops_table;

static inline struct fs *ops_fs(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* ops.c: capabilities, queue limits; and what the ops-*.c share. */
void ops_init(void *userdata, struct fuse_conn_info *conn);
/**
 * ops_amend_init() - add to INIT's reply what libfuse 3.14 leaves out
 * @bytes: the request, @len bytes
 * @iov:   libfuse's reply, changed in place; an error stays as it is
 *
 * FUSE_PARALLEL_DIROPS (wanted by default and never sent) and
 * FUSE_HANDLE_KILLPRIV_V2 and FUSE_ABORT_ERROR (not known), where the kernel offers them.
 */
void ops_amend_init(const void *bytes, size_t len, struct iovec *iov, int count);

static inline struct inode *ops_inode(struct fs *fs, fuse_ino_t ino)
{
	return inode_from_nodeid(fs->inodes, ino);
}

enum { OPS_ATTR_TIMEOUT_S = 1 };	/* how long the kernel may trust them */
void ops_fill_entry(const struct inode *inode, const struct stat *attr,
		    struct fuse_entry_param *entry_ret);
/**
 * ops_buffer() - this thread's buffer, page aligned
 * Return: @size bytes until the next call; NULL without memory.
 */
void *ops_buffer(size_t size);

/*
 * ops-caller.c: acting for the caller of a request. For the length of one
 * system call, on this thread only.
 */
/* What the caller makes is the caller's. Return: 0 or -EPERM. */
int ops_caller_enter(fuse_req_t req) MUST_CHECK;
void ops_caller_leave(void);
/* Writing and truncating take set-user-ID and set-group-ID away. */
void ops_caller_drop_fsetid(void);
void ops_caller_restore_fsetid(void);

/* ops-undo.c */
/* An open file or directory goes: what RELEASE does. */
void ops_close(struct fs *fs, struct handle *handle);
/**
 * ops_undo() - an answer that the kernel will not get
 * @iov: the answer, header included; an error has nothing to undo
 */
void ops_undo(struct fs *fs, uint32_t opcode, const struct iovec *iov,
	      int count);

/* ops-namespace.c */
void ops_lookup(fuse_req_t, fuse_ino_t parent, const char *name);
void ops_forget(fuse_req_t, fuse_ino_t ino, uint64_t nlookup);
void ops_forget_multi(fuse_req_t, size_t count, struct fuse_forget_data *);
void ops_mknod(fuse_req_t, fuse_ino_t parent, const char *name, mode_t, dev_t);
void ops_mkdir(fuse_req_t, fuse_ino_t parent, const char *name, mode_t);
void ops_symlink(fuse_req_t, const char *link, fuse_ino_t parent,
		 const char *name);
void ops_link(fuse_req_t, fuse_ino_t ino, fuse_ino_t newparent,
	      const char *newname);
void ops_unlink(fuse_req_t, fuse_ino_t parent, const char *name);
void ops_rmdir(fuse_req_t, fuse_ino_t parent, const char *name);
void ops_rename(fuse_req_t, fuse_ino_t parent, const char *name,
		fuse_ino_t newparent, const char *newname, unsigned int flags);
void ops_readlink(fuse_req_t, fuse_ino_t ino);

/* ops-attr.c */
void ops_getattr(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void ops_setattr(fuse_req_t, fuse_ino_t, struct stat *, int to_set,
		 struct fuse_file_info *);
void ops_statfs(fuse_req_t, fuse_ino_t);
void ops_setxattr(fuse_req_t, fuse_ino_t, const char *name, const char *value,
		  size_t size, int flags);
void ops_getxattr(fuse_req_t, fuse_ino_t, const char *name, size_t size);
void ops_listxattr(fuse_req_t, fuse_ino_t, size_t size);
void ops_removexattr(fuse_req_t, fuse_ino_t, const char *name);

/* ops-dir.c */
void ops_opendir(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void ops_readdir(fuse_req_t, fuse_ino_t, size_t size, off_t,
		 struct fuse_file_info *);
void ops_readdirplus(fuse_req_t, fuse_ino_t, size_t size, off_t,
		     struct fuse_file_info *);
void ops_releasedir(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void ops_fsyncdir(fuse_req_t, fuse_ino_t, int datasync, struct fuse_file_info *);

/* ops-file.c; CREATE with O_TMPFILE in its flags is the kernel's TMPFILE */
void ops_create(fuse_req_t, fuse_ino_t parent, const char *name, mode_t,
		struct fuse_file_info *);
void ops_open(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void ops_release(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void ops_flush(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void ops_fsync(fuse_req_t, fuse_ino_t, int datasync, struct fuse_file_info *);
void ops_fallocate(fuse_req_t, fuse_ino_t, int mode, off_t off, off_t len,
		   struct fuse_file_info *);
void ops_lseek(fuse_req_t, fuse_ino_t, off_t off, int whence,
	       struct fuse_file_info *);
void ops_copy_file_range(fuse_req_t, fuse_ino_t in, off_t off_in,
			 struct fuse_file_info *fi_in, fuse_ino_t out,
			 off_t off_out, struct fuse_file_info *fi_out,
			 size_t len, int flags);

/* ops-notify.c */
void ops_retrieve_reply(fuse_req_t, void *cookie, fuse_ino_t, off_t,
			struct fuse_bufvec *);

/* ops-ioctl.c, ops-read.c, ops-write.c */
void ops_ioctl(fuse_req_t, fuse_ino_t, unsigned int command, void *arg,
	       struct fuse_file_info *, unsigned int flags, const void *in,
	       size_t in_len, size_t out_len);
void ops_read(fuse_req_t, fuse_ino_t, size_t size, off_t,
	      struct fuse_file_info *);
void ops_write_buf(fuse_req_t, fuse_ino_t, struct fuse_bufvec *, off_t,
		   struct fuse_file_info *);

/**
 * ops_scrub() - PINFS_IOC_SCRUB, in ops-scrub.c
 * @words: as they came; as they go back
 * Return: 0, -EBADF not open for reading, -EINVAL, -errno.
 */
struct pinfs_ioc_scrub;
int ops_scrub(struct fs *fs, const struct handle *handle,
	      struct pinfs_ioc_scrub *words) MUST_CHECK;

#endif
