/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the session*.c files share; nobody else includes this. */
#ifndef PIN_SESSION_INTERNAL_H
#define PIN_SESSION_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "common/list.h"
#include "common/mutex.h"
#include "daemon/receive.h"
#include "daemon/request.h"
#include "daemon/session.h"

struct fuse_buf;

struct worker {
	struct session *session;
	pthread_t thread;
	struct receive receive;
	int epoll_fd;
	atomic_bool receiving;	/* between the look at paused and the receive */
};

struct session {
	struct fs *fs;
	struct fuse_session *fuse;
	int ended_fd;		/* eventfd, readable once the connection has ended */
	bool live;
	unsigned int nworkers;
	unsigned int nstarted;
	struct worker *workers;

	atomic_bool ended;
	atomic_bool aborted;	/* set before ended */
	atomic_bool paused;
	atomic_bool closing;	/* pauses nothing any more */
	struct mutex lock;
	struct cond changed;	/* paused, ended, initialised or retrieved */
	bool initialised GUARDED_BY(lock);
	struct list retrievals GUARDED_BY(lock);	/* not yet given up */
	uint64_t last_retrieval GUARDED_BY(lock);
};

/* Run a step of a request's way on this thread, session_current() set. */
void session_run(struct request *request, request_resume_fn *step);

/**
 * session_park() - move a request to the hold queue
 * Without memory for a copy it is not held: a request that goes on early is
 * better than one that is never answered.
 *
 * Return: true when it was; it must not be touched any more.
 */
bool session_park(struct request *request, uint64_t gate_id,
		  uint64_t deadline_ns, request_resume_fn *resume);

/**
 * session_process() - let libfuse decode a request and call its operation
 * What nobody would do again (RELEASE, FORGET, a reply to a notification) is
 * tried again while libfuse has no memory for it, up to five seconds.
 *
 * Context: in session_run().
 */
void session_process(struct session *session, uint32_t opcode,
		     const struct fuse_buf *buf);
/* libfuse's way to the kernel, for replies and notifications. */
ssize_t session_send_reply(int fd, struct iovec *iov, int count, void *userdata);

#endif
