/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's states, and what it answers.
 *
 * Nobody reads the rings while nothing is asked: the kernel overwrites what is
 * oldest, and says so in the page that is read next. A question reads them all,
 * puts the events of all CPUs in the order of time up to the moment when it
 * began to read (a later one may be there from one CPU, and not yet from
 * another), and makes calls of them (trace-log.c).
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
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mutex.h"
#include "daemon/trace-internal.h"

enum { TEXTS_MAX = 8 };

/* Events that have been read, and not yet been put in order. */
struct gathered {
	struct trace_event *events;
	size_t count;
	size_t room;
	bool failed;			/* no memory: something is missing */
};

struct trace {
	enum config_trace mode;
	dev_t dev;
	struct mutex lock;
	struct cond changed;
	pthread_t timer GUARDED_BY(lock);	/* disarms; with CONFIG_TRACE_AUTO */
	bool has_timer GUARDED_BY(lock);
	bool stop GUARDED_BY(lock);
	bool armed GUARDED_BY(lock);
	uint64_t finding_ns GUARDED_BY(lock);	/* the last one */
	uint64_t buried_ns GUARDED_BY(lock);	/* last look for dead threads */
	uint64_t missed_ns GUARDED_BY(lock);	/* a gap that ends later */
	struct trace_instance instance GUARDED_BY(lock);
	struct trace_log log GUARDED_BY(lock);
	struct gathered gathered GUARDED_BY(lock);
	const char *reason GUARDED_BY(lock);	/* why it cannot be had; NULL */
	uint64_t retry_ns GUARDED_BY(lock);	/* after a failure: not before */
	char failure[128] GUARDED_BY(lock);
};

/* ---- arming ---- */

static void disarm_locked(struct trace *trace) REQUIRES(trace->lock);
static void disarm_locked(struct trace *trace)
{
	if (!trace->armed)
		return;
	trace->armed = false;
	trace_instance_close(&trace->instance);
	trace_log_deinit(&trace->log);
	free(trace->gathered.events);
	trace->gathered = (struct gathered){ 0 };
}

static int arm_locked(struct trace *trace) REQUIRES(trace->lock);
static int arm_locked(struct trace *trace)
{
	int err = trace_log_init(&trace->log);

	if (err)
		return err;
	err = trace_instance_open(&trace->instance, trace->dev);
	if (err) {
		trace_log_deinit(&trace->log);
		snprintf(trace->failure, sizeof(trace->failure),
			 "its instance of tracefs cannot be made: %s",
			 strerror(-err));
		trace->reason = trace->failure;
		trace->retry_ns = clock_deadline_ns(TRACE_IDLE_NS);
		return err;
	}
	trace->reason = NULL;
	trace->armed = true;
	trace->missed_ns = 0;
	trace_log_forget(&trace->log, clock_now_ns());
	return 0;
}

/* Ends when it has disarmed; the next one to arm joins it. */
static void *run_timer(void *arg)
{
	struct trace *trace = arg;

	pthread_setname_np(pthread_self(), "pinfs-trace");
	mutex_lock(&trace->lock);
	while (!trace->stop &&
	       clock_now_ns() < trace->finding_ns + TRACE_IDLE_NS)
		mutex_cond_wait_until(&trace->changed, &trace->lock,
				      trace->finding_ns + TRACE_IDLE_NS);
	disarm_locked(trace);
	mutex_unlock(&trace->lock);
	return NULL;
}

/* An armed recorder that nobody would disarm is not to be. */
static void start_timer_locked(struct trace *trace) REQUIRES(trace->lock);
static void start_timer_locked(struct trace *trace)
{
	if (trace->has_timer)
		pthread_join(trace->timer, NULL);
	trace->has_timer = !pthread_create(&trace->timer, NULL, run_timer,
					   trace);
	if (!trace->has_timer)
		disarm_locked(trace);
}

/* With a finding. */
static void arm_by_finding_locked(struct trace *trace) REQUIRES(trace->lock);
static void arm_by_finding_locked(struct trace *trace)
{
	trace->finding_ns = clock_now_ns();
	if (trace->armed || trace->mode != CONFIG_TRACE_AUTO ||
	    trace->finding_ns < trace->retry_ns)
		return;
	if (!arm_locked(trace))
		start_timer_locked(trace);
}

static int create_armed(struct trace *trace)
{
	const char *reason;
	int err = 0;

	mutex_lock(&trace->lock);
	if (!trace->reason)
		err = arm_locked(trace);
	reason = trace->reason;
	mutex_unlock(&trace->lock);
	if (!reason)
		return err;
	log_err("trace=on: %s", reason);
	return -ENOTSUP;
}

int trace_create(enum config_trace mode, dev_t dev, struct trace **trace_ret)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	int err = 0;

	if (!trace)
		return -ENOMEM;
	trace->mode = mode;
	trace->dev = dev;
	trace->instance.dir.fd = -1;
	mutex_init(&trace->lock);
	mutex_cond_init(&trace->changed);
	if (mode != CONFIG_TRACE_OFF) {
		trace->reason = trace_instance_obstacle();
		trace->retry_ns = trace->reason ? CLOCK_NEVER : 0;
		tracefs_sweep();
	}
	if (mode == CONFIG_TRACE_ON)
		err = create_armed(trace);
	if (err)
		trace_destroy(trace);
	else
		*trace_ret = trace;
	return err;
}

void trace_destroy(struct trace *trace)
{
	bool has_timer;

	if (!trace)
		return;
	mutex_lock(&trace->lock);
	trace->stop = true;
	has_timer = trace->has_timer;
	mutex_cond_signal(&trace->changed);
	mutex_unlock(&trace->lock);
	if (has_timer)
		pthread_join(trace->timer, NULL);
	mutex_lock(&trace->lock);
	disarm_locked(trace);
	mutex_unlock(&trace->lock);
	mutex_cond_deinit(&trace->changed);
	mutex_deinit(&trace->lock);
	free(trace);
}

/* ---- reading ---- */

static void gather(const struct trace_event *event, void *context)
{
	struct gathered *gathered = context;

	if (gathered->count == gathered->room) {
		size_t room = MAX(2 * gathered->room, (size_t)1024);
		struct trace_event *events = reallocarray(
			gathered->events, room, sizeof(*events));

		if (!events) {
			gathered->failed = true;
			return;
		}
		gathered->events = events;
		gathered->room = room;
	}
	gathered->events[gathered->count++] = *event;
}

static int by_time(const void *a, const void *b)
{
	const struct trace_event *x = a;
	const struct trace_event *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

static bool is_alive(pid_t tid)
{
	return kill(tid, 0) == 0 || errno != ESRCH;
}

/* The events up to @until_ns, with the gap where it is. */
static void put_in_order_locked(struct trace *trace, uint64_t until_ns)
	REQUIRES(trace->lock);
static void put_in_order_locked(struct trace *trace, uint64_t until_ns)
{
	struct gathered *gathered = &trace->gathered;
	size_t i = 0;

	if (gathered->count)
		qsort(gathered->events, gathered->count,
		      sizeof(*gathered->events), by_time);
	for (; i < gathered->count &&
	       gathered->events[i].time_ns <= until_ns; i++) {
		if (gathered->events[i].time_ns >= trace->missed_ns)
			trace_log_forget(&trace->log, trace->missed_ns);
		trace_log_add(&trace->log, &gathered->events[i]);
	}
	if (trace->missed_ns <= until_ns)
		trace_log_forget(&trace->log, trace->missed_ns);
	gathered->count -= i;
	memmove(gathered->events, gathered->events + i,
		gathered->count * sizeof(*gathered->events));
}

static void read_rings_locked(struct trace *trace) REQUIRES(trace->lock);
static void read_rings_locked(struct trace *trace)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t missed_ns;

	trace_instance_read(&trace->instance, gather, &trace->gathered,
			    &missed_ns);
	if (trace->gathered.failed)
		missed_ns = clock_now_ns();
	trace->gathered.failed = false;
	trace->missed_ns = MAX(trace->missed_ns, missed_ns);
	put_in_order_locked(trace, now_ns);
	if (now_ns < trace->buried_ns + CLOCK_NS_PER_SEC)
		return;
	trace->buried_ns = now_ns;
	trace_log_bury(&trace->log, is_alive, now_ns);
}

/* ---- answers ---- */

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
	read_rings_locked(trace);
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
	arm_by_finding_locked(trace);
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
		read_rings_locked(trace);
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

const char *trace_state(struct trace *trace)
{
	const char *state;

	mutex_lock(&trace->lock);
	if (trace->mode == CONFIG_TRACE_OFF)
		state = "off";
	else if (trace->armed)
		state = "armed";
	else
		state = trace->reason ? "unavailable" : "idle";
	mutex_unlock(&trace->lock);
	return state;
}

const char *trace_reason(struct trace *trace)
{
	const char *reason;

	mutex_lock(&trace->lock);
	reason = trace->reason;
	mutex_unlock(&trace->lock);
	return reason;
}
