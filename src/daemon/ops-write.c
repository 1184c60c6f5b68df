/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WRITE: handed to the engine, writeback.c. Only what concerns the file's mode
 * is done here. The kernel says when set-user-ID and set-group-ID must go
 * because the caller may not keep them (HANDLE_KILLPRIV_V2, and every write past
 * the page cache: fs/fuse/file.c, fuse_direct_io()): then SOURCE takes them away,
 * as from any writer without CAP_FSETID.
 */
#include "daemon/ops.h"

#include <assert.h>
#include <linux/fuse.h>

#include "daemon/handle.h"
#include "daemon/request.h"
#include "daemon/session.h"
#include "daemon/writeback.h"

void ops_write_buf(fuse_req_t req, fuse_ino_t ino, struct fuse_bufvec *bufv,
		   off_t off, struct fuse_file_info *fi)
{
	struct fs *fs = ops_fs(req);
	const struct fuse_buf *buf = &bufv->buf[0];
	bool kill = session_current()->write_flags & FUSE_WRITE_KILL_SUIDGID;

	/* The session hands requests over in memory. */
	assert(!(buf->flags & FUSE_BUF_IS_FD));
	if (kill)
		ops_caller_drop_fsetid();
	writeback_write(fs, req, ops_inode(fs, ino), handle_from_fh(fi->fh),
			buf->mem, buf->size, off);
	if (kill)
		ops_caller_restore_fsetid();
}
