/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the session*.c files share; nobody else includes this. */
#ifndef PIN_SESSION_INTERNAL_H
#define PIN_SESSION_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "common/json.h"
#include "common/list.h"
#include "common/mutex.h"
#include "daemon/gate.h"
#include "daemon/receive.h"
#include "daemon/request.h"
#include "daemon/session.h"

struct fuse_buf;
struct fuse_out_header;

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
	atomic_long unanswered;	/* received, and wanting an answer */
	struct mutex lock;
	struct cond changed;	/* paused, ended, initialised, retrieved, ... */
	uint64_t pause_owner GUARDED_BY(lock);	/* 0: it does not end by itself */
	bool initialised GUARDED_BY(lock);
	struct list retrievals GUARDED_BY(lock);	/* not yet given up */
	uint64_t last_retrieval GUARDED_BY(lock);
	unsigned int invalidations GUARDED_BY(lock);	/* that run */
};

/* Run a step of a request's way on this thread, session_current() set. */
void session_run(struct request *request, request_resume_fn *step);
/* session.c: let libfuse decode the request and call its operation. */
void session_dispatch(struct request *request);
/* A request has been answered: session_unanswered() is one less. */
void session_answered(struct session *session);

/*
 * session-fault.c
 */
/**
 * session_check() - ask the gates, note what they do to the request
 * Return: whether anything is; @plan_ret is filled in then.
 */
bool session_check(struct request *request, enum gate_point at,
		   struct gate_plan *plan_ret);
/* The request's turn: what it asks for, or the error that it meets instead. */
void session_perform(struct request *request);
/**
 * session_injected() - count what @hit does to the request
 * @keys_ret: of the "injected" event, a new reference; NULL without memory
 * Return: false when there were enough of these events in this second.
 */
bool session_injected(struct request *request, const struct gate_hit *hit,
		      json_t **keys_ret) MUST_CHECK;
/* An event about a request: @keys (taken), and what it is. */
void session_request_event(struct request *request, const char *event,
			   json_t *keys);

/*
 * session-hold.c
 */
/**
 * session_park() - move a request to the hold queue
 * @plan: keeper, timed and deadline_ns
 * Without memory for a copy it is not held: a request that goes on early is
 * better than one that is never answered.
 *
 * Return: true when it was; it must not be touched any more.
 */
bool session_park(struct request *request, const struct gate_plan *plan,
		  request_resume_fn *resume);
/* The gates at arrival. Return: true when one has kept it. */
bool session_arrive(struct request *request);

/**
 * session_interrupt() - an INTERRUPT has come (session-interrupt.c)
 * Context: worker; may keep a copy of it.
 */
void session_interrupt(struct request *request);

/**
 * session_process() - let libfuse decode a request and call its operation
 * What nobody would do again (RELEASE, FORGET, a reply to a notification) is
 * tried again while libfuse has no memory for it, up to five seconds.
 *
 * Context: in session_run().
 */
void session_process(struct session *session, uint32_t opcode,
		     const struct fuse_buf *buf);
/* An answer to @request: is it libfuse's, who tries again then? */
bool session_is_refusal(const struct request *request,
			const struct fuse_out_header *out);
/* libfuse's way to the kernel, for replies and notifications. */
ssize_t session_send_reply(int fd, struct iovec *iov, int count, void *userdata);

#endif
