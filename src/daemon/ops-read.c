/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * READ: from SOURCE into this thread's buffer. Not by splice: the page that the
 * kernel gets must be a copy, so that later changes of SOURCE's page cache do
 * not show in a file of ours.
 */
#include "daemon/ops.h"

#include <errno.h>

#include "daemon/handle.h"
#include "daemon/inode.h"
#include "daemon/receipt.h"
#include "daemon/request.h"
#include "daemon/session.h"
#include "daemon/store.h"

void ops_read(fuse_req_t req, UNUSED fuse_ino_t ino, size_t size, off_t off,
	      struct fuse_file_info *fi)
{
	struct handle *handle = handle_from_fh(fi->fh);
	struct fs *fs = ops_fs(req);
	void *room = ops_buffer(STORE_READ_ROOM(size));
	uint64_t begin = receipt_begin(fs->receipt, handle->inode);
	uint8_t *data = NULL;
	ssize_t len = -ENOMEM;

	expect_pages(&fs->expect, fs->session, inode_expect(handle->inode));
	if (room)
		len = store_read(fs, handle->inode, handle->fd, room, size, off,
				 request_flip_bit(session_current(), size),
				 &data);
	if (len > 0)
		receipt_sent(fs->receipt, handle->inode, begin, data,
			     (size_t)len, size, off);
	if (len < 0)
		fuse_reply_err(req, (int)-len);
	else
		fuse_reply_buf(req, (char *)data, (size_t)len);
}
