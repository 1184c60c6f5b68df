/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that leave a worker for the hold queue, and come back from it on the
 * releaser thread; and the way of every reply to the kernel, where the gate
 * at=reply stands. See session.c for the whole way.
 */
#include "daemon/session-internal.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <limits.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/inode.h"
#include "daemon/ops.h"
#include "daemon/receive.h"
#include "daemon/request.h"

static _Thread_local struct request *current;
static _Thread_local bool current_parked;
static _Thread_local bool current_refused;	/* by libfuse, before its operation */

enum { PROCESS_TRIES = 500, PROCESS_RETRY_MS = 10 };

struct request *session_current(void)
{
	return current;
}

void session_run(struct request *request, request_resume_fn *step)
{
	current = request;
	step(request);
	current = NULL;
}

static void write_expired_event(struct request *request)
{
	struct fs *fs = request->session->fs;
	char path[PATH_MAX];
	char op[16];

	stats_add(&fs->stats.expired_holds, 1);
	inode_path(fs->inodes, inode_from_nodeid(fs->inodes, request->nodeid),
		   request->name, path, sizeof(path));
	event_write(fs->events, "expired", json_pack(
		"{s:I, s:s, s:o, s:I, s:I, s:I, s:I}",
		"id", (json_int_t)request->hold.id,
		"op", request_op_name(request->opcode, op),
		"path", json_text(path),
		"ino", (json_int_t)inode_ino(inode_from_nodeid(
			fs->inodes, request->nodeid)),
		"offset", (json_int_t)request->off,
		"length", (json_int_t)request->size,
		"held_us", (json_int_t)((clock_now_ns() -
					 request->hold.since_ns) / 1000)));
}

/* On the releaser thread: the request's turn has come. */
static void resume_held(struct hold *hold)
{
	struct request *request = container_of(hold, struct request, hold);

	if (hold->expired && hold->gate_id != HOLD_GATE_WINDOW)
		write_expired_event(request);
	current_parked = false;
	/* Its caller has been told that it failed: then it must not happen. */
	if (request->reply_passed || !session_ended(request->session))
		session_run(request, request->resume);
	if (!current_parked)
		request_destroy(request);
}

bool session_park(struct request *request, uint64_t gate_id,
		 uint64_t deadline_ns, request_resume_fn *resume)
{
	struct fs *fs = request->session->fs;
	struct request *held = request;

	if (!request->detached) {
		held = request_detach(request);
		if (!held) {
			log_err("no memory to hold a request of %zu bytes",
				request->len);
			return false;
		}
		if (held->live_fd >= 0)
			receive_shrink(held->live_fd,
				       held->len - RECEIVE_HEADER_BYTES);
	}
	held->resume = resume;
	held->hold.gate_id = gate_id;
	held->hold.deadline_ns = deadline_ns;
	held->hold.resume = resume_held;
	if (gate_id != HOLD_GATE_WINDOW)
		stats_add(&fs->stats.holds, 1);
	current_parked = true;
	hold_park(fs->holds, &held->hold);
	if (gate_id != HOLD_GATE_WINDOW)
		gate_parked(fs->gates, gate_id);
	return true;
}

bool session_hold_at_reply(struct request *request, uint64_t window_end_ns,
			   void (*resume)(struct request *request))
{
	struct fs *fs = request->session->fs;
	uint64_t gate_id;
	uint64_t deadline_ns;

	if (!request->reply_passed) {
		request->reply_passed = true;
		if (gate_check(fs->gates, request, GATE_REPLY, &gate_id,
			       &deadline_ns) &&
		    session_park(request, gate_id, deadline_ns, resume))
			return true;
	}
	return window_end_ns > clock_now_ns() &&
	       session_park(request, HOLD_GATE_WINDOW, window_end_ns, resume);
}

/* ---- replies ---- */

static void resume_reply(struct request *request)
{
	int fd = fuse_session_fd(request->session->fuse);

	ORDER_BEFORE(request->session);
	if (write(fd, request->reply, request->reply_len) < 0 &&
	    errno != ENOENT && errno != ENODEV)
		log_err("cannot send a held reply: %s", strerror(errno));
}

static bool copy_reply(struct request *request, const struct iovec *iov,
		       int count)
{
	size_t len = 0;
	uint8_t *at;

	for (int i = 0; i < count; i++)
		len += iov[i].iov_len;
	request->reply = malloc(len);
	if (!request->reply)
		return false;
	request->reply_len = len;
	at = request->reply;
	for (int i = 0; i < count; i++) {
		memcpy(at, iov[i].iov_base, iov[i].iov_len);
		at += iov[i].iov_len;
	}
	return true;
}

/* Does this message answer the current request, and does a gate hold it? */
static bool hold_reply(const struct iovec *iov, int count, ssize_t *len_ret)
{
	const struct fuse_out_header *out = iov[0].iov_base;
	struct request *request = current;
	uint64_t gate_id;
	uint64_t deadline_ns;

	if (!request || out->unique != request->unique || request->reply_passed)
		return false;
	request->reply_passed = true;
	if (!gate_check(request->session->fs->gates, request, GATE_REPLY,
			&gate_id, &deadline_ns) ||
	    !copy_reply(request, iov, count))
		return false;
	*len_ret = (ssize_t)request->reply_len;
	if (session_park(request, gate_id, deadline_ns, resume_reply))
		return true;
	free(request->reply);
	request->reply = NULL;
	return false;
}

/*
 * Without memory for its own record of a request libfuse answers ENOMEM and
 * does not call the operation (fuse_session_process_buf_int(), 3.14). Where the
 * kernel takes no answer, or does not look at it, a handle or a count would stay
 * for good; and the number of a reply to a notification is libfuse's own, which
 * may be that of another request.
 */
static bool must_be_done(uint32_t opcode)
{
	return opcode == FUSE_RELEASE || opcode == FUSE_RELEASEDIR ||
	       !request_wants_reply(opcode);
}

static bool is_refusal(const struct fuse_out_header *out)
{
	return current && out->unique == current->unique &&
	       out->error == -ENOMEM && must_be_done(current->opcode);
}

void session_process(struct session *session, uint32_t opcode,
		     const struct fuse_buf *buf)
{
	for (int tries = 0; tries < PROCESS_TRIES; tries++) {
		current_refused = false;
		fuse_session_process_buf(session->fuse, buf);
		if (!current_refused || session_ended(session))
			return;
		clock_sleep_ns(PROCESS_RETRY_MS * CLOCK_NS_PER_MS);
	}
	log_err("no memory for a request (operation %u): it is lost", opcode);
}

/* libfuse's way to the kernel, for replies and notifications. */
ssize_t session_send_reply(int fd, struct iovec *iov, int count,
			  UNUSED void *userdata)
{
	const struct fuse_out_header *out = iov[0].iov_base;
	ssize_t len;

	if (is_refusal(out)) {
		current_refused = true;
		return out->len;
	}
	if (hold_reply(iov, count, &len))
		return len;
	if (current && current->opcode == FUSE_INIT && out->unique)
		ops_amend_init(current->bytes, current->len, iov, count);
	if (current)
		ORDER_BEFORE(current->session);
	return writev(fd, iov, count);
}
