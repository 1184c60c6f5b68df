/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the recorder answers.
 *
 * A window is known completely when the record had begun before it and has had
 * no gap since, no call that writes into files ended in it whose beginning is
 * not known, and io_uring wrote nothing. What is not recorded at all: 32-bit
 * programs' calls, and writes that the kernel makes by itself into a file of
 * the mount (a loop device on it, an NFS server).
 */
#include "daemon/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/trace-internal.h"

enum { TEXTS_MAX = 8 };

struct answer {
	struct call *calls;
	size_t count;
	size_t max;
	size_t texts;
	bool complete;
	json_t *unknown;	/* NULL: nobody wants to know */
};

static bool is_own(pid_t tid)
{
	return syscall(SYS_tgkill, getpid(), tid, 0) == 0;
}

/* Has it ended, without anything having been written? */
static bool did_nothing(const struct call *call, enum call_kind kind)
{
	if (!call->exit_ns)
		return false;
	switch (kind) {
	case CALL_OVERWRITE:
		return call->result < 0 ||
		       (!call->result && call->number != SYS_fallocate);
	case CALL_PIN:
		/* One that fails may have read a part before. */
		return !call->result || call->result == -EAGAIN ||
		       call->result == -EBADF;
	default:
		return call->result < 0;
	}
}

static void say_unknown(struct answer *answer, const char *text)
{
	if (answer->unknown && answer->texts++ < TEXTS_MAX)
		json_array_append_new(answer->unknown, json_string(text));
}

static void say_begun_before(struct answer *answer, const struct call *call,
			     const struct call_shape *shape)
{
	char text[128];

	snprintf(text, sizeof(text), "thread %d was in %s, since before the "
		 "record of calls began: not known with what arguments",
		 (int)call->tid, shape->name);
	say_unknown(answer, text);
}

static bool add_call(const struct call *call, void *context)
{
	const struct call_shape *shape = call_shape(call->number);
	struct answer *answer = context;

	if (!shape || shape->kind == CALL_OTHER ||
	    did_nothing(call, shape->kind) || is_own(call->tid))
		return true;
	if (!call->enter_ns) {
		answer->complete &= shape->kind == CALL_PIN;
		say_begun_before(answer, call, shape);
		return true;
	}
	if (answer->count == answer->max) {
		answer->complete = false;
		if (answer->max)
			say_unknown(answer, "too many calls were going on to "
				    "look at each");
		return false;
	}
	answer->calls[answer->count++] = *call;
	return true;
}

static uint64_t known_since_locked(const struct trace *trace)
	REQUIRES(trace->lock);
static uint64_t known_since_locked(const struct trace *trace)
{
	return MAX(trace->log.since_ns, trace->missed_ns);
}

static void say_gap(struct answer *answer, uint64_t from_ns, uint64_t since_ns)
{
	char text[128];

	if (since_ns <= from_ns)
		return;
	answer->complete = false;
	snprintf(text, sizeof(text), "the record of calls begins %" PRIu64
		 " us into the window", (since_ns - from_ns + 999) / 1000);
	say_unknown(answer, text);
}

static void say_not_armed_locked(const struct trace *trace,
				 struct answer *answer) REQUIRES(trace->lock);
static void say_not_armed_locked(const struct trace *trace,
				 struct answer *answer)
{
	char text[256];

	if (trace->reason)
		snprintf(text, sizeof(text), "calls are not recorded: %s",
			 trace->reason);
	else
		snprintf(text, sizeof(text), "calls were not recorded%s",
			 trace->mode == CONFIG_TRACE_OFF ? " (trace=off)" :
			 " yet: the first finding begins it (trace=auto)");
	say_unknown(answer, text);
}

static void answer_locked(struct trace *trace, uint64_t from_ns, uint64_t to_ns,
			  struct answer *answer) REQUIRES(trace->lock);
static void answer_locked(struct trace *trace, uint64_t from_ns, uint64_t to_ns,
			  struct answer *answer)
{
	if (!trace->armed) {
		say_not_armed_locked(trace, answer);
		answer->complete = false;
		return;
	}
	trace_read_rings_locked(trace);
	say_gap(answer, from_ns, known_since_locked(trace));
	trace_log_each(&trace->log, from_ns, to_ns, add_call, answer);
	if (trace_log_transfers(&trace->log, from_ns, to_ns, answer->unknown))
		answer->complete = false;
}

size_t trace_calls(struct trace *trace, uint64_t from_ns, uint64_t to_ns,
		   struct call *calls, size_t max, bool *complete_ret,
		   json_t *unknown)
{
	struct answer answer = {
		.calls = calls, .max = max, .complete = true,
		.unknown = unknown,
	};

	mutex_lock(&trace->lock);
	answer_locked(trace, from_ns, to_ns, &answer);
	trace_note_finding_locked(trace);
	mutex_unlock(&trace->lock);
	*complete_ret = answer.complete;
	return answer.count;
}

struct later {
	pid_t tid;
	uint64_t after_ns;
	bool found;		/* it went into a call after that, which has ended */
};

static bool find_later(const struct call *call, void *context)
{
	struct later *later = context;

	later->found |= call->tid == later->tid &&
			call->enter_ns >= later->after_ns;
	return !later->found;
}

/* When did this thread, which procfs shows in a call, go into it? */
static void confirm_one_locked(struct trace *trace, uint64_t to_ns,
			       json_t *suspect) REQUIRES(trace->lock);
static void confirm_one_locked(struct trace *trace, uint64_t to_ns,
			       json_t *suspect)
{
	struct later later = {
		.tid = (pid_t)json_integer_value(json_object_get(suspect, "tid")),
		.after_ns = to_ns,
	};
	const struct call *call = trace_log_inside(&trace->log, later.tid);

	if (json_object_get(suspect, "enter_ns"))
		return;
	if (call)
		json_object_set_new(suspect, "enter_ns",
				    json_integer((json_int_t)call->enter_ns));
	else
		trace_log_each(&trace->log, to_ns, CLOCK_NEVER, find_later,
			       &later);
	/* One that began after the record did would be in it. */
	if (call || (known_since_locked(trace) <= to_ns && !later.found))
		json_object_set_new(suspect, "in_window", json_boolean(
			!call || call->enter_ns < to_ns));
}

/* Did a call of before the record's beginning end after @from_ns? */
static bool find_headless(const struct call *call, void *context)
{
	const struct call_shape *shape = call_shape(call->number);
	struct answer *answer = context;

	if (call->enter_ns || !shape || shape->kind == CALL_PIN ||
	    did_nothing(call, shape->kind) || is_own(call->tid))
		return true;
	answer->complete = false;
	return false;
}

bool trace_confirm(struct trace *trace, uint64_t from_ns, uint64_t to_ns,
		   json_t *suspects)
{
	struct answer answer = { .complete = true };
	json_t *suspect;
	size_t i;

	mutex_lock(&trace->lock);
	if (trace->armed) {
		trace_read_rings_locked(trace);
		trace_log_each(&trace->log, from_ns, CLOCK_NEVER,
			       find_headless, &answer);
		json_array_foreach(suspects, i, suspect)
			confirm_one_locked(trace, to_ns, suspect);
	} else {
		answer.complete = false;
	}
	mutex_unlock(&trace->lock);
	return answer.complete;
}
