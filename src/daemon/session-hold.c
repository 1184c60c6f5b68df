/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that leave a worker for the hold queue, and come back from it on the
 * releaser thread. See session.c for the whole way.
 */
#include "daemon/session-internal.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/receive.h"

static _Thread_local struct request *current;
static _Thread_local bool current_parked;

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

static void note_end(struct request *request, const char *event,
		     atomic_uint_fast64_t *counter)
{
	stats_add(counter, 1);
	session_request_event(request, event, json_pack(
		"{s:I, s:s, s:I}",
		"id", (json_int_t)request->hold.id,
		"at", request->reply_passed ? "reply" : "arrive",
		"held_us", (json_int_t)((clock_now_ns() -
					 request->hold.since_ns) / 1000)));
}

/* On the releaser thread: the request's turn has come. */
static void resume_held(struct hold *hold)
{
	struct request *request = container_of(hold, struct request, hold);
	struct stats *stats = &request->session->fs->stats;

	if (request->interrupted)
		note_end(request, "interrupted", &stats->interrupted_holds);
	else if (hold->expired && !hold->timed)
		note_end(request, "expired", &stats->expired_holds);
	current_parked = false;
	request_note_pause(request, clock_now_ns());
	/* Its caller has been told that it failed: then it must not happen. */
	if (request->reply_passed || !session_ended(request->session))
		session_run(request, request->resume);
	if (!current_parked)
		request_destroy(request);
}

bool session_park(struct request *request, const struct gate_plan *plan,
		  request_resume_fn *resume)
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
	held->hold.gate_id = plan->keeper;
	held->hold.timed = plan->timed;
	held->hold.deadline_ns = limits_cut(fs, held->arrival_ns,
					    plan->deadline_ns);
	held->hold.resume = resume_held;
	if (!plan->timed)
		stats_add(&fs->stats.holds, 1);
	current_parked = true;
	hold_park(fs->holds, &held->hold);
	if (plan->keeper != HOLD_GATE_WINDOW)
		gate_parked(fs->gates, plan->keeper);
	return true;
}

bool session_arrive(struct request *request)
{
	struct gate_plan plan;

	return session_check(request, GATE_ARRIVE, &plan) && plan.keeper &&
	       session_park(request, &plan, session_perform);
}

bool session_hold_at_reply(struct request *request, uint64_t window_end_ns,
			   void (*resume)(struct request *request))
{
	struct gate_plan window = {
		.keeper = HOLD_GATE_WINDOW,
		.timed = true,
		.deadline_ns = window_end_ns,
	};
	struct gate_plan plan;

	if (!request->reply_passed) {
		request->reply_passed = true;
		if (session_check(request, GATE_REPLY, &plan) && plan.keeper &&
		    session_park(request, &plan, resume))
			return true;
	}
	return window_end_ns > clock_now_ns() && !request->interrupted &&
	       session_park(request, &window, resume);
}
