/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's states, and how its rings are read.
 *
 * The rings are read when something is asked, and now and then while they are
 * armed, because questions come late when there are many: the kernel overwrites
 * what is oldest, and says so in the page that is read next. Reading puts the
 * events of all CPUs in the order of time up to the moment when it began (a later
 * one may be there from one CPU, and not yet from another), and makes calls of
 * them (trace-log.c).
 */
#include "daemon/trace.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mutex.h"
#include "daemon/trace-internal.h"

enum { READ_MS = 100 };	/* so often the rings are read */

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

	/* It may have no memory yet. */
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
	if (gathered->count && i)
		memmove(gathered->events, gathered->events + i,
			gathered->count * sizeof(*gathered->events));
}

void trace_read_rings_locked(struct trace *trace)
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

/* ---- the life of a recorder ---- */

static bool is_over_locked(const struct trace *trace) REQUIRES(trace->lock);
static bool is_over_locked(const struct trace *trace)
{
	return trace->mode == CONFIG_TRACE_AUTO &&
	       clock_now_ns() >= trace->finding_ns + TRACE_IDLE_NS;
}

/* Ends when it has disarmed; the next one to arm joins it. */
static void *run_timer(void *arg)
{
	struct trace *trace = arg;

	pthread_setname_np(pthread_self(), "pinfs-trace");
	mutex_lock(&trace->lock);
	while (!trace->stop && !is_over_locked(trace)) {
		trace_read_rings_locked(trace);
		mutex_cond_wait_until(&trace->changed, &trace->lock,
				      clock_deadline_ns(READ_MS *
							CLOCK_NS_PER_MS));
	}
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

void trace_note_finding_locked(struct trace *trace)
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
	if (trace->armed)
		start_timer_locked(trace);
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

const char *trace_reason(struct trace *trace, char buf[TRACE_REASON_SIZE])
{
	bool has_one;

	mutex_lock(&trace->lock);
	has_one = trace->reason;
	if (has_one)
		snprintf(buf, TRACE_REASON_SIZE, "%s", trace->reason);
	mutex_unlock(&trace->lock);
	return has_one ? buf : NULL;
}
