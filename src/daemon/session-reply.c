/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of every reply to the kernel, where the gate at=reply stands: libfuse
 * hands each message to session_send_reply(), and so does session-fault.c.
 *
 *   gates (once) -> faults -> held? -> kernel
 *
 * A WRITE passes the gates earlier, before its second look (writeback.c), and
 * only its faults here.
 */
#include "daemon/session-internal.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/ops.h"

/* An answer, as libfuse or a fault has made it. */
struct message {
	struct iovec *iov;
	int count;
	struct fuse_out_header header;	/* of an error that replaces it */
	struct iovec error;
};

static size_t message_len(const struct message *message)
{
	size_t len = 0;

	for (int i = 0; i < message->count; i++)
		len += message->iov[i].iov_len;
	return len;
}

/* What the kernel is not told of must not stay: counts, open files. */
static void replace_by_error(struct request *request, struct message *message,
			     int err)
{
	ops_undo(request->session->fs, request->opcode, message->iov,
		 message->count);
	message->header = (struct fuse_out_header){
		.len = sizeof(message->header),
		.error = -err,
		.unique = request->unique,
	};
	message->error.iov_base = &message->header;
	message->error.iov_len = sizeof(message->header);
	message->iov = &message->error;
	message->count = 1;
}

/* The data of a READ, behind the header: ours, and read by nobody else. */
static void flip_bit(const struct request *request, struct message *message)
{
	size_t bytes = message_len(message) - message->iov[0].iov_len;
	size_t at;

	if (!bytes)
		return;
	at = (size_t)(request->answer.flip_bit / 8 % bytes);
	for (int i = 1; i < message->count; i++) {
		struct iovec *part = &message->iov[i];

		if (at < part->iov_len) {
			((uint8_t *)part->iov_base)[at] ^=
				(uint8_t)(1 << request->answer.flip_bit % 8);
			return;
		}
		at -= part->iov_len;
	}
}

static void apply_faults(struct request *request, struct message *message)
{
	const struct fuse_out_header *out = message->iov[0].iov_base;
	/* One of arrival is left only where it did not keep it from being done. */
	int err = request->answer.err ? request->answer.err :
					request->fault.err;

	if (err)
		replace_by_error(request, message, err);
	else if (request->answer.flips && !out->error)
		flip_bit(request, message);
}

/* An answer given twice, and the event about it. */
struct second {
	struct event_log *events;
	json_t *keys;
	bool logged;
};

/* Before the first: nothing about the request is known after it. */
static void prepare_second(struct request *request, struct second *second)
{
	struct gate_hit hit = { request->answer.twice, GATE_TWICE, 2 };

	second->events = request->session->fs->events;
	second->logged = session_injected(request, &hit, &second->keys);
}

/*
 * The same once more. The kernel has forgotten the number and says ENOENT
 * (fs/fuse/dev.c: fuse_dev_do_write(), 6.18); the first answer stands.
 */
static void send_second(struct second *second, int fd,
			const struct message *message)
{
	const char *result = "0";

	if (writev(fd, message->iov, message->count) < 0)
		result = strerrorname_np(errno);
	if (!second->logged)
		return;
	if (second->keys)
		json_object_set_new(second->keys, "result",
				    json_string(result));
	event_write(second->events, "injected", second->keys);
}

/* To the kernel. The request's inode must not be needed any more. */
static ssize_t send_message(struct request *request, int fd,
			    const struct message *message)
{
	struct session *session = request->session;
	bool twice = request->answer.twice;
	struct second second;
	ssize_t n;

	if (twice)
		prepare_second(request, &second);
	ORDER_BEFORE(session);
	n = writev(fd, message->iov, message->count);
	session_answered(session);
	if (twice)
		send_second(&second, fd, message);
	return n;
}

static void resume_reply(struct request *request)
{
	struct iovec iov = { request->reply, request->reply_len };
	struct message message = { .iov = &iov, .count = 1 };
	int fd = fuse_session_fd(request->session->fuse);

	if (send_message(request, fd, &message) < 0 && errno != ENOENT &&
	    errno != ENODEV)
		log_err("cannot send a held reply: %s", strerror(errno));
}

static bool copy_reply(struct request *request, const struct message *message)
{
	size_t len = message_len(message);
	uint8_t *at;

	request->reply = malloc(len);
	if (!request->reply)
		return false;
	request->reply_len = len;
	at = request->reply;
	for (int i = 0; i < message->count; i++) {
		memcpy(at, message->iov[i].iov_base, message->iov[i].iov_len);
		at += message->iov[i].iov_len;
	}
	return true;
}

/* Without memory it is not held. */
static bool park_reply(struct request *request, const struct message *message,
		       const struct gate_plan *plan)
{
	if (!copy_reply(request, message))
		return false;
	if (session_park(request, plan, resume_reply))
		return true;
	free(request->reply);
	request->reply = NULL;
	return false;
}

/* Return: whether a gate wants to keep it; @plan_ret is filled in then. */
static bool pass_gate(struct request *request, struct gate_plan *plan_ret)
{
	if (request->reply_passed)
		return false;
	request->reply_passed = true;
	return session_check(request, GATE_REPLY, plan_ret) &&
	       plan_ret->keeper;
}

static ssize_t send_answer(struct request *request, int fd,
			   struct message *message)
{
	ssize_t len = (ssize_t)message_len(message);
	struct gate_plan plan;
	bool keep = pass_gate(request, &plan);

	apply_faults(request, message);
	if (keep && park_reply(request, message, &plan))
		return len;
	if (request->opcode == FUSE_INIT)
		ops_amend_init(request->bytes, request->len, message->iov,
			       message->count);
	/* An error is shorter: libfuse need not know. */
	return send_message(request, fd, message) < 0 ? -1 : len;
}

ssize_t session_send_reply(int fd, struct iovec *iov, int count,
			   UNUSED void *userdata)
{
	const struct fuse_out_header *out = iov[0].iov_base;
	struct message message = { .iov = iov, .count = count };
	struct request *request = session_current();

	if (!request || out->unique != request->unique)
		return writev(fd, iov, count);
	if (session_is_refusal(request, out))
		return out->len;
	return send_answer(request, fd, &message);
}
