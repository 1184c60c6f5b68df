/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking one request from /dev/fuse: splice into a pipe of our own, tee what
 * can be a WRITE of page-cache pages, read the whole request into memory.
 * session.c calls it in a loop; nobody else does.
 */
#ifndef PIN_RECEIVE_H
#define PIN_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct request;

/*
 * The largest request is what a pipe may hold without CAP_SYS_RESOURCE
 * (fs.pipe-max-size), one page of it for the headers.
 */
enum {
	RECEIVE_HEADER_BYTES = 80,	/* fuse_in_header + fuse_write_in */
	RECEIVE_MAX_BYTES = 1 << 20,
};

/* One worker's means of receiving. */
struct receive {
	int dev_fd;		/* /dev/fuse, O_NONBLOCK; not owned */
	bool live;		/* look for live views: splice and tee */
	int pipe[2];		/* the request pipe; -1 when live is false */
	int live_pipe[2];	/* where pages are tee'd to; -1 until needed */
	size_t page_bytes;	/* page size */
	uint8_t *memory;	/* one page, then RECEIVE_MAX_BYTES */
};

/**
 * receive_init() - pipes and memory of one worker
 * @live: whether live views are wanted
 *
 * Return: 0 or -errno; -EPERM: the request pipe cannot be made large enough
 * (pipe limits of an unprivileged user).
 */
int receive_init(struct receive *receive, int dev_fd, bool live) MUST_CHECK;
void receive_deinit(struct receive *receive);

/**
 * receive_request() - the next request, without waiting
 * @request: filled in; its memory and live view belong to @receive until
 *           receive_done(), or until request_detach() takes copies
 * @pages:   whether it may be a WRITE of page-cache pages (expect.h)
 *
 * Return: 0; -EAGAIN none there; -ENODEV the connection has ended;
 * -ECONNABORTED it was aborted (before Linux 4.19: -ENODEV); -EINTR the
 * request was withdrawn meanwhile, try again; other -errno: it could not be
 * received or understood: unique is set where it has to be answered by an error,
 * and receive_done() is due.
 */
int receive_request(struct receive *receive, struct request *request,
		    bool pages) MUST_CHECK;
/* The request has been dealt with (or detached): make ready for the next. */
void receive_done(struct receive *receive, struct request *request);

/**
 * receive_shrink() - give back the room that a held live view does not need
 * @fd:  the live view, @len bytes in it
 */
void receive_shrink(int fd, size_t len);

#endif
