/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of a request between /dev/fuse and libfuse: workers that receive it,
 * the gates at arrival, dispatch from memory, and its reply on the way back.
 */
#ifndef PIN_SESSION_H
#define PIN_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

struct fs;
struct inode;
struct request;
struct session;

/**
 * session_create() - make libfuse's session and mount it
 * @mountpoint: absolute path
 *
 * Return: 0 or -errno; a message has been logged.
 */
int session_create(struct fs *fs, const char *mountpoint,
		   struct session **session_ret) MUST_CHECK;
/* Ends the connection if it has not ended; joins nothing: session_join() first. */
void session_destroy(struct session *session);

/* Start the workers. Return: 0 or -errno; a message has been logged. */
int session_start(struct session *session) MUST_CHECK;
/* Are there workers? */
bool session_has_started(const struct session *session);
/* Until the kernel's INIT has been answered: 0, -ETIMEDOUT, -ENODEV (ended). */
int session_wait_init(struct session *session, uint64_t deadline_ns) MUST_CHECK;
/* Wait for the workers and others, who end with the connection. */
void session_join(struct session *session);
/* A descriptor that becomes readable when the connection has ended. */
int session_ended_fd(const struct session *session);
/* /dev/fuse; poll(2) says POLLERR when the connection has ended. */
int session_device_fd(const struct session *session);
bool session_ended(const struct session *session);
/* Was it aborted through fusectl, rather than unmounted? Known once ended. */
bool session_was_aborted(const struct session *session);
/* Do the workers keep live views? (No: live=off, or the pipes are too small.) */
bool session_is_live(const struct session *session);

/**
 * session_pause() - stop receiving; returns when no worker will take another
 * request. The kernel keeps what comes, uncopied.
 */
void session_pause(struct session *session);
void session_resume(struct session *session);
/**
 * session_pause_for() - session_pause() that ends with its owner
 * A session that is paused already stays so, until whoever paused it resumes.
 * @owner: not 0
 */
void session_pause_for(struct session *session, uint64_t owner);
/* The owner is gone: resume if the session is paused for it. */
void session_end_pause(struct session *session, uint64_t owner);
/* Resume, and ignore session_pause() from now on: the mount is being ended. */
void session_never_pause(struct session *session);
/**
 * session_settle() - wait until every worker that is receiving now has done so
 * What they receive was sent by the kernel before this returned.
 */
void session_settle(struct session *session);
bool session_is_paused(const struct session *session);

/* Requests received and not answered yet, held ones included. */
long session_unanswered(const struct session *session);

/* The request that this thread works on; NULL outside of one. */
struct request *session_current(void);

/**
 * session_hold_at_reply() - hold a request whose effect is done
 * Asks the gates (once per request), then the window.
 * @request:       the current one
 * @window_end_ns: not before this time (CLOCK_MONOTONIC); 0: no window
 * @resume:        goes on with it, on the releaser thread, session_current()
 *                 being the request
 *
 * Return: true when held (or resumed already): the caller must not touch the
 * request any more. false: go on yourself.
 */
bool session_hold_at_reply(struct request *request, uint64_t window_end_ns,
			   void (*resume)(struct request *request));

/* FUSE_NOTIFY_STORE of bytes into a cached file; blocks. 0 or -errno. */
int session_notify_store(struct session *session, uint64_t nodeid, off_t off,
			 const void *data, size_t len) MUST_CHECK;
/**
 * session_retrieve() - what the page cache has of a file, FUSE_NOTIFY_RETRIEVE
 * Dirty pages and pages under writeback count as any other; so do pages that are
 * still being read, where the kernel does not look (fs/fuse/dev.c:
 * fuse_retrieve() in 6.18; 7.3 leaves out what is not up to date).
 * @off: [bytes]
 * @len: bytes wanted
 *
 * Context: not a worker; blocks until a worker has received the answer.
 * Return: bytes in @buf: up to @len, to the first page that is not cached, to
 * the end of the file as the kernel knows it, or to max_write; 0: the page at
 * @off is not there. -EBUSY receiving is paused, -ETIMEDOUT, -ENODEV the
 * connection has ended, -ENOENT the kernel does not know the file, -errno.
 */
ssize_t session_retrieve(struct session *session, uint64_t nodeid, off_t off,
			 void *buf, size_t len, uint64_t deadline_ns)
	MUST_CHECK;
/* From the operation: the answer to a session_retrieve(). */
void session_retrieved(struct session *session, void *cookie, const void *data,
		       size_t len);
/**
 * session_invalidate() - drop a file's pages, FUSE_NOTIFY_INVAL_INODE
 * Pinned ones, too: who pinned them then has pages of no file. Dirty ones are
 * written back before.
 * @inode: counted once for it; the count is taken over
 * @off: [bytes]
 * @len: [bytes]; 0: to the end
 * @gone: asked now and then, no lock of its own: does nobody want to know?
 *
 * Context: not a worker; blocks.
 * Return: 0; -ENOENT the kernel does not know the file; -ETIMEDOUT, -EPIPE
 * (@gone) it waits for writeback: the pages go when that ends; -EBUSY too many
 * are waiting; -ENODEV the connection has ended; -errno.
 */
int session_invalidate(struct session *session, struct inode *inode, off_t off,
		       off_t len, uint64_t deadline_ns,
		       bool (*gone)(void *arg), void *arg) MUST_CHECK;

#endif
