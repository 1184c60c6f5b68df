/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What gates do to a request at its two points, faults included, and what is
 * said of it. Who holds it is session-hold.c's.
 *
 * A fault of arrival is a property of the request from then on: an error is its
 * answer, given without its effect (but for two that must happen), when its turn
 * has come (it may be held before); what is shortened asks for less; a flipped
 * bit is store.c's to flip, between the checksum and SOURCE. Faults of the reply
 * are session-reply.c's.
 */
#include "daemon/session-internal.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <limits.h>
#include <linux/fuse.h>

#include "common/json.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/inode.h"

/* What the request is, to an event's keys; NULL without memory. */
static void add_request(const struct request *request, json_t **keys)
{
	struct fs *fs = request->session->fs;
	struct inode *inode = inode_from_nodeid(fs->inodes, request->nodeid);
	char path[PATH_MAX];
	char op[16];
	json_t *rest;

	inode_path(fs->inodes, inode, request->name, path, sizeof(path));
	rest = json_pack("{s:s, s:o, s:I, s:I, s:I, s:i}",
			 "op", request_op_name(request->opcode, op),
			 "path", json_text(path),
			 "ino", (json_int_t)inode_ino(inode),
			 "offset", (json_int_t)request->off,
			 "length", (json_int_t)request->size,
			 "pid", (int)request->pid);
	if (!*keys || !rest || json_object_update(*keys, rest)) {
		json_decref(*keys);
		*keys = NULL;
	}
	json_decref(rest);
}

void session_request_event(struct request *request, const char *event,
			   json_t *keys)
{
	add_request(request, &keys);
	event_write(request->session->fs->events, event, keys);
}

bool session_injected(struct request *request, const struct gate_hit *hit,
		      json_t **keys_ret)
{
	struct fs *fs = request->session->fs;

	stats_add(&fs->stats.injections, 1);
	if (!event_allowed(fs->events, inode_from_nodeid(fs->inodes,
							 request->nodeid)))
		return false;
	*keys_ret = json_pack("{s:I, s:s, s:o, s:s, s:n}",
			      "gate", (json_int_t)hit->id,
			      "action", gate_action_name(hit->action),
			      "value", gate_value_json(hit->action, hit->value),
			      "at", request->reply_passed ? "reply" : "arrive",
			      "result");
	add_request(request, keys_ret);
	return true;
}

static void write_injected(struct request *request, const struct gate_hit *hit)
{
	json_t *keys;

	if (session_injected(request, hit, &keys))
		event_write(request->session->fs->events, "injected", keys);
}

bool session_check(struct request *request, enum gate_point at,
		   struct gate_plan *plan_ret)
{
	if (!gate_check(request->session->fs->gates, request, at, plan_ret))
		return false;
	if (at == GATE_ARRIVE)
		request->fault = plan_ret->fault;
	else
		request->answer = plan_ret->fault;
	for (unsigned int i = 0; i < plan_ret->nhits; i++) {
		const struct gate_hit *hit = &plan_ret->hits[i];

		/* Of an answer given twice more is known later. */
		if (hit->action != GATE_HOLD && hit->action != GATE_TWICE)
			write_injected(request, hit);
	}
	if (at == GATE_ARRIVE && request->fault.shortens)
		request_shorten(request, request->fault.short_bytes);
	return true;
}

/* Answer with an error, past libfuse, which has not seen the request. */
static void answer(struct request *request, int err)
{
	struct fuse_out_header out = {
		.len = sizeof(out),
		.error = -err,
		.unique = request->unique,
	};
	struct iovec iov = { .iov_base = &out, .iov_len = sizeof(out) };

	/* The connection may have ended: nobody waits for it then. */
	(void)session_send_reply(fuse_session_fd(request->session->fuse),
				 &iov, 1, NULL);
}

/*
 * The kernel lets go of an open file whatever it is answered, and never comes
 * back to it (fs/fuse/file.c: fuse_release_end(), 6.18): not done, these two
 * would leave it open here for as long as the mount lives.
 */
static bool must_happen(uint32_t opcode)
{
	return opcode == FUSE_RELEASE || opcode == FUSE_RELEASEDIR;
}

void session_perform(struct request *request)
{
	bool must = must_happen(request->opcode);

	if (request->interrupted)
		request->reply_passed = true;	/* not held again */
	if (request->interrupted && !must)
		answer(request, EINTR);
	else if (request->fault.err && !must)
		answer(request, request->fault.err);
	else
		session_dispatch(request);
}
