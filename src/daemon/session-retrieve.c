/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications about a file's page cache: putting bytes into it, and asking for
 * those that it has.
 *
 * The kernel answers FUSE_NOTIFY_RETRIEVE by a request of its own, NOTIFY_REPLY,
 * which a worker receives like any other (in memory: the receive loop hands
 * nothing else to libfuse) and which expects no answer. So whoever asks must
 * not be a worker, and what it waits for cannot come while receiving is paused.
 *
 * libfuse knows a question by a cookie. It is a number here and not an address:
 * an answer that comes after its question was given up finds nothing.
 */
#include "daemon/session-internal.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <string.h>

#include "common/clock.h"

#define LOOK_NS (20 * CLOCK_NS_PER_MS)	/* how often a wait looks */

struct retrieval {
	struct list node;	/* in session->retrievals */
	uint64_t id;
	void *buf;
	size_t size;
	ssize_t len;		/* of the answer; -1 none yet */
};

int session_notify_store(struct session *session, uint64_t nodeid, off_t off,
			 const void *data, size_t len)
{
	struct fuse_bufvec buf = FUSE_BUFVEC_INIT(len);

	buf.buf[0].mem = (void *)data;
	return fuse_lowlevel_notify_store(session->fuse, nodeid, off, &buf, 0);
}

static struct retrieval *find_locked(struct session *session, uint64_t id)
	REQUIRES(session->lock);
static struct retrieval *find_locked(struct session *session, uint64_t id)
{
	list_for_each(node, &session->retrievals) {
		struct retrieval *retrieval =
			list_entry(node, struct retrieval, node);

		if (retrieval->id == id)
			return retrieval;
	}
	return NULL;
}

void session_retrieved(struct session *session, void *cookie, const void *data,
		       size_t len)
{
	struct retrieval *retrieval;

	mutex_lock(&session->lock);
	retrieval = find_locked(session, (uintptr_t)cookie);
	if (retrieval && retrieval->len < 0) {
		retrieval->len = (ssize_t)MIN(len, retrieval->size);
		memcpy(retrieval->buf, data, (size_t)retrieval->len);
		mutex_cond_broadcast(&session->changed);
	}
	mutex_unlock(&session->lock);
}

/* Why it makes no sense to wait (any longer); 0: it does. */
static int hindrance(const struct session *session, uint64_t deadline_ns)
{
	if (session_ended(session))
		return -ENODEV;
	if (session_is_paused(session))
		return -EBUSY;
	return clock_now_ns() >= deadline_ns ? -ETIMEDOUT : 0;
}

static ssize_t await_locked(struct session *session,
			    const struct retrieval *retrieval,
			    uint64_t deadline_ns) REQUIRES(session->lock);
static ssize_t await_locked(struct session *session,
			    const struct retrieval *retrieval,
			    uint64_t deadline_ns)
{
	while (retrieval->len < 0) {
		uint64_t look_ns = clock_deadline_ns(LOOK_NS);
		int err = hindrance(session, deadline_ns);

		if (err)
			return err;
		/* A pause wakes nobody. */
		(void)mutex_cond_wait_until(&session->changed, &session->lock,
					    MIN(look_ns, deadline_ns));
	}
	return retrieval->len;
}

ssize_t session_retrieve(struct session *session, uint64_t nodeid, off_t off,
			 void *buf, size_t len, uint64_t deadline_ns)
{
	struct retrieval retrieval = { .buf = buf, .size = len, .len = -1 };
	ssize_t ret = hindrance(session, deadline_ns);

	assert(!session_current());
	if (ret)
		return ret;
	mutex_lock(&session->lock);
	retrieval.id = ++session->last_retrieval;
	list_append(&session->retrievals, &retrieval.node);
	mutex_unlock(&session->lock);

	ret = fuse_lowlevel_notify_retrieve(session->fuse, nodeid, len, off,
					    (void *)(uintptr_t)retrieval.id);
	mutex_lock(&session->lock);
	if (!ret)
		ret = await_locked(session, &retrieval, deadline_ns);
	list_remove(&retrieval.node);
	mutex_unlock(&session->lock);
	return ret;
}
