/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes back from notifications that we sent. */
#include "daemon/ops.h"

#include <assert.h>

#include "daemon/session.h"

/* The kernel expects no answer to it. */
void ops_retrieve_reply(fuse_req_t req, void *cookie, UNUSED fuse_ino_t ino,
			UNUSED off_t off, struct fuse_bufvec *bufv)
{
	const struct fuse_buf *buf = &bufv->buf[0];

	/* The session hands requests over in memory. */
	assert(!(buf->flags & FUSE_BUF_IS_FD));
	session_retrieved(ops_fs(req)->session, cookie, buf->mem, buf->size);
	fuse_reply_none(req);
}
