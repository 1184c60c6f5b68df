/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An answer that the kernel never gets: it will send no FORGET for an inode that
 * it was to be told of, and no RELEASE for an open file.
 */
#include "daemon/ops.h"

#include <linux/fuse.h>
#include <string.h>

#include "daemon/declare.h"
#include "daemon/handle.h"
#include "daemon/receipt.h"
#include "daemon/settle.h"
#include "daemon/store.h"

void ops_close(struct fs *fs, struct handle *handle)
{
	if (handle->directory) {
		inode_remove_handle(fs->inodes, handle);
		handle_destroy(handle);
		return;
	}
	expect_release(&fs->expect, inode_expect(handle->inode),
		       handle->writable, handle->direct);
	declare_release(fs->declare, handle);
	receipt_release(fs->receipt, handle);
	if (inode_remove_handle(fs->inodes, handle))
		store_rest(handle->inode);
	handle_destroy(handle);
}

/* An answer's body, from its pieces. Return: whether it has @len bytes. */
static bool gather(const struct iovec *iov, int count, void *body, size_t len)
{
	size_t done = 0;

	for (int i = 1; i < count && done < len; i++) {
		size_t n = MIN(iov[i].iov_len, len - done);

		memcpy((char *)body + done, iov[i].iov_base, n);
		done += n;
	}
	return done == len;
}

/* A name that is not there has been answered with number 0. */
static void forget(struct fs *fs, const struct fuse_entry_out *entry)
{
	if (entry->nodeid)
		settle_forget(fs, ops_inode(fs, entry->nodeid), 1);
}

static void undo_open(struct fs *fs, const struct fuse_open_out *out)
{
	ops_close(fs, handle_from_fh(out->fh));
}

/* libfuse answers READDIRPLUS with the listing as one piece. */
static void undo_listing(struct fs *fs, const struct iovec *iov, int count)
{
	const char *at = count > 1 ? iov[1].iov_base : NULL;
	const char *end = count > 1 ? at + iov[1].iov_len : NULL;

	while ((size_t)(end - at) >= FUSE_NAME_OFFSET_DIRENTPLUS) {
		struct fuse_direntplus entry;

		memcpy(&entry, at, FUSE_NAME_OFFSET_DIRENTPLUS);
		forget(fs, &entry.entry_out);
		at += MIN((size_t)FUSE_DIRENTPLUS_SIZE(&entry),
			  (size_t)(end - at));
	}
}

void ops_undo(struct fs *fs, uint32_t opcode, const struct iovec *iov,
	      int count)
{
	const struct fuse_out_header *header = iov[0].iov_base;
	struct {
		struct fuse_entry_out entry;
		struct fuse_open_out open;
	} body;

	if (header->error)
		return;
	switch (opcode) {
	case FUSE_LOOKUP:
	case FUSE_MKNOD:
	case FUSE_MKDIR:
	case FUSE_SYMLINK:
	case FUSE_LINK:
		if (gather(iov, count, &body.entry, sizeof(body.entry)))
			forget(fs, &body.entry);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		if (gather(iov, count, &body.open, sizeof(body.open)))
			undo_open(fs, &body.open);
		break;
	case FUSE_CREATE:
	case OPS_TMPFILE:
		if (gather(iov, count, &body, sizeof(body))) {
			undo_open(fs, &body.open);
			forget(fs, &body.entry);
		}
		break;
	case FUSE_READDIRPLUS:
		undo_listing(fs, iov, count);
		break;
	default:
		break;
	}
}
