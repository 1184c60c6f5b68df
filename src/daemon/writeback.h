/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of a WRITE (writeback.c has the design): snapshot, store, window,
 * recheck, verdict, reply.
 */
#ifndef PIN_WRITEBACK_H
#define PIN_WRITEBACK_H

#include <fuse_lowlevel.h>

struct fs;
struct handle;
struct inode;

/**
 * writeback_write() - serve a WRITE; replies to @req exactly once, perhaps later
 * @data: the bytes, inside the current request's memory
 *
 * Context: worker, from op_write_buf(); session_current() is the request.
 */
void writeback_write(struct fs *fs, fuse_req_t req, struct inode *inode,
		     struct handle *handle, const void *data, size_t len,
		     off_t off);

#endif
