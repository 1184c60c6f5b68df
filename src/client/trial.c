/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what one run of a scenario is made of. Nothing here touches the mount
 * itself: clients do that, and every wait for one of them, or for the daemon,
 * has a deadline of site->step_ns.
 */
#include "client/trial.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ctlclient.h"
#include "client/errname.h"
#include "common/clock.h"

enum {
	LOOK_NS = 1000000,	/* between two looks at a thread [ns] */
	LINE_SIZE = 512,
};

static uint64_t deadline_ns(const struct trial *trial)
{
	return clock_deadline_ns(trial->site->step_ns);
}

/* What the target has been filled with: targets/ and dirty(). */
static void fill_old(struct trial *trial)
{
	struct content_id id = { .file = content_file(trial->target),
				 .generation = TRIAL_GENERATION_OLD,
				 .writer = CONTENT_WRITER_STORE };
	uint32_t len = trial->shape->pages * SHAPE_PAGE;

	content_fill(trial->old, len, trial->base, &id);
	trial->seen = (uint32_t)(MIN(shape_file_size(trial->shape),
				     trial->base + len) - trial->base);
	memcpy(trial->new, trial->old, sizeof(trial->new));
}

static void place(struct trial *trial)
{
	const struct shape *shape = trial->shape;

	trial->base = shape_base(shape);
	trial->at = trial->file_at = shape_write_at(shape);
	trial->len = shape->len;
	trial->into = "m";
	if (!trial_mutated(trial, SITE_ELSEWHERE))
		return;
	trial->into = "w";
	trial->file_at += (uint64_t)shape->pages * SHAPE_PAGE;
	trial->facts.elsewhere = true;
}

void trial_init(struct trial *trial, struct site *site,
		const struct shape *shape)
{
	unsigned int number = ++site->trials;

	*trial = (struct trial){ .site = site, .shape = shape, .pins = -1 };
	trial->facts.live = site->is_live;
	snprintf(trial->target, sizeof(trial->target), "pinctl-%d-%u.t",
		 (int)getpid(), number);
	memcpy(trial->path, trial->target, sizeof(trial->path));
	snprintf(trial->source, sizeof(trial->source), "pinctl-%d-%u.s",
		 (int)getpid(), number);
	place(trial);
	fill_old(trial);
}

bool trial_mutated(const struct trial *trial, enum site_mutation mutation)
{
	return trial->site->mutation == mutation;
}

int trial_fail(struct trial *trial, int err, const char *fmt, ...)
{
	va_list args;

	if (!trial->trouble[0]) {
		va_start(args, fmt);
		vsnprintf(trial->trouble, sizeof(trial->trouble), fmt, args);
		va_end(args);
	}
	return err;
}

/* -------------------------------------------------------------- the clients */

/* A step to its end. @line: what was asked for, for messages. */
static int PRINTF(5, 0) run_step(struct trial *trial, struct stepper *stepper,
				 struct stepper_result *result,
				 char line[LINE_SIZE], const char *fmt,
				 va_list args)
{
	int err;

	vsnprintf(line, LINE_SIZE, fmt, args);
	*result = (struct stepper_result){ 0 };
	err = stepper_do(stepper, deadline_ns(trial), result, "%s", line);
	if (err == -ETIMEDOUT)
		return trial_fail(trial, err, "'%s' did not end", line);
	if (err)
		return trial_fail(trial, err, "'%s': %s", line,
				  err == -EINVAL ? result->text :
						   strerror(-err));
	return 0;
}

int trial_try(struct trial *trial, struct stepper *stepper,
	      struct stepper_result *result_ret, const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list args;
	int err;

	va_start(args, fmt);
	err = run_step(trial, stepper, result_ret, line, fmt, args);
	va_end(args);
	return err;
}

int trial_step(struct trial *trial, struct stepper *stepper,
	       struct stepper_result *result_ret, const char *fmt, ...)
{
	struct stepper_result result;
	char line[LINE_SIZE];
	va_list args;
	int err;

	va_start(args, fmt);
	err = run_step(trial, stepper, &result, line, fmt, args);
	va_end(args);
	if (err)
		return err;
	if (!result.ok)
		return trial_fail(trial, -EIO, "'%s': %s", line,
				  errname_from(result.err));
	if (result_ret)
		*result_ret = result;
	return 0;
}

bool trial_word(const struct stepper_result *result, const char *key,
		char *value, size_t size)
{
	size_t len = strlen(key);

	for (const char *at = result->text; *at; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		if (strncmp(at, key, len) == 0 && at[len] == '=') {
			at += len + 1;
			snprintf(value, size, "%.*s", (int)strcspn(at, " "),
				 at);
			return true;
		}
	}
	return false;
}

/* ---------------------------------------------------------------- the gates */

static int note_control(struct trial *trial, const char *line, int err)
{
	return trial_fail(trial, err, "control '%s': %s", line,
			  strerror(-err));
}

/* One control request with a number for an answer. */
static int ask(struct trial *trial, long *value_ret, const char *key,
	       const char *fmt, ...) PRINTF(4, 5);

static int ask(struct trial *trial, long *value_ret, const char *key,
	       const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list args;
	long value;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	site_trace(trial->site, "control", line);
	value = ctlclient_ask(trial->site->control, deadline_ns(trial), key,
			      "%s", line);
	if (value < 0)
		return note_control(trial, line, (int)value);
	*value_ret = value;
	return 0;
}

int trial_hold(struct trial *trial, long *gate_ret, const char *words, ...)
{
	char text[LINE_SIZE];
	va_list args;

	va_start(args, words);
	vsnprintf(text, sizeof(text), words, args);
	va_end(args);
	return ask(trial, gate_ret, "id", "hold %s count=1 scope=connection",
		   text);
}

int trial_wait_held(struct trial *trial, long gate, uint64_t timeout_ns)
{
	char line[LINE_SIZE];
	json_t *reply;
	bool ok;
	int err;

	snprintf(line, sizeof(line), "wait id=%ld held=1 timeout=%lluns", gate,
		 (unsigned long long)timeout_ns);
	site_trace(trial->site, "control", line);
	err = ctlclient_call(trial->site->control, deadline_ns(trial), &reply,
			     "%s", line);
	if (err)
		return note_control(trial, line, err);
	ok = json_is_true(json_object_get(reply, "ok"));
	json_decref(reply);
	return ok ? 0 : -EAGAIN;
}

int trial_release(struct trial *trial, long *gate)
{
	long id = *gate;
	long released, cleared;
	int err = ask(trial, &released, "released", "release id=%ld", id);

	if (err)
		return err;
	*gate = 0;
	err = ask(trial, &cleared, "cleared", "clear id=%ld", id);
	if (!err && released != 1)
		err = trial_fail(trial, -EIO, "a hold ended by its deadline: "
				 "the machine was too slow");
	return err;
}

int trial_drop_gate(struct trial *trial, long *gate)
{
	long cleared;
	int err = 0;

	if (*gate)
		err = ask(trial, &cleared, "cleared", "clear id=%ld", *gate);
	if (!err)
		*gate = 0;
	return err;
}

int trial_drop_gates(struct trial *trial)
{
	int err = trial_resume(trial);

	if (!err)
		err = trial_drop_gate(trial, &trial->read_gate);
	if (!err)
		err = trial_drop_gate(trial, &trial->leg_gate);
	return err ? err : trial_drop_gate(trial, &trial->write_gate);
}

/* ----------------------------------------------------------------- the call */

int trial_start_call(struct trial *trial, const char *fmt, ...)
{
	struct trial_call *call = &trial->call;
	char line[LINE_SIZE];
	va_list args;
	int err;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	err = stepper_start(trial->site->writer, deadline_ns(trial),
			    &call->step, &call->tid, "%s", line);
	if (err)
		return trial_fail(trial, err, "cannot start '%s': %s", line,
				  strerror(-err));
	call->started = true;
	return 0;
}

int trial_start_aside(struct trial *trial, struct stepper *stepper,
		      const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list args;
	int err;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	err = stepper_start(stepper, deadline_ns(trial), &trial->aside_step,
			    &trial->aside_tid, "%s", line);
	if (err)
		return trial_fail(trial, err, "cannot start '%s': %s", line,
				  strerror(-err));
	trial->aside = stepper;
	return 0;
}

int trial_finish_aside(struct trial *trial, struct stepper_result *result_ret)
{
	struct stepper *stepper = trial->aside;
	int err;

	if (!stepper)
		return 0;
	trial->aside = NULL;
	err = stepper_wait(stepper, trial->aside_step, deadline_ns(trial),
			   result_ret);
	return err ? trial_fail(trial, err, "the step aside: %s",
				strerror(-err)) : 0;
}

int trial_end_aside(struct trial *trial, const char *what)
{
	struct stepper_result result = { .ok = true };
	int err;

	trial->let_go_ns = clock_now_ns();
	err = trial_release(trial, &trial->write_gate);
	if (!err)
		err = trial_finish_aside(trial, &result);
	if (!err && !result.ok)
		err = trial_fail(trial, -EIO, "%s: %s", what,
				 errname_from(result.err));
	return err;
}

bool trial_aside_sleeps(const struct trial *trial,
			struct taskstate_watch *watch)
{
	struct taskstate state;

	return taskstate_look(stepper_pid(trial->aside), trial->aside_tid,
			      &state) == 0 && taskstate_stuck(watch, &state);
}

/* Return: 0 it has ended; -ETIMEDOUT not yet, and nothing is noted. */
static int poll_call(struct trial *trial, uint64_t until_ns)
{
	struct trial_call *call = &trial->call;
	int err = stepper_wait(trial->site->writer, call->step, until_ns,
			       &call->result);

	if (err == 0)
		call->ended = true;
	else if (err != -ETIMEDOUT)
		trial_fail(trial, err, "the writer's call: %s", strerror(-err));
	return err;
}

int trial_poll_call(struct trial *trial)
{
	int err;

	if (trial->call.ended)
		return 0;
	err = poll_call(trial, clock_deadline_ns(LOOK_NS));
	return err == -ETIMEDOUT ? 0 : err;
}

/* One look: does it sleep for good? */
static bool look_at_call(struct trial *trial, struct taskstate_watch *watch)
{
	struct trial_call *call = &trial->call;
	struct taskstate state;

	if (taskstate_look(stepper_pid(trial->site->writer), call->tid, &state))
		return false;
	call->state = state.state;
	memcpy(call->place, state.place, sizeof(call->place));
	return taskstate_stuck(watch, &state);
}

int trial_watch_call(struct trial *trial)
{
	struct trial_call *call = &trial->call;
	uint64_t end_ns = deadline_ns(trial);
	struct taskstate_watch watch = { 0 };

	if (!call->started || call->ended || trial->owner_gone)
		return 0;
	while (!trial->facts.stuck && clock_now_ns() < end_ns) {
		int err = poll_call(trial, clock_deadline_ns(LOOK_NS));

		if (err != -ETIMEDOUT)
			return err;
		trial->facts.stuck = look_at_call(trial, &watch);
	}
	return 0;
}

int trial_finish_call(struct trial *trial)
{
	int err;

	if (!trial->call.started || trial->call.ended || trial->owner_gone)
		return 0;
	err = poll_call(trial, deadline_ns(trial));
	return err == -ETIMEDOUT ?
		trial_fail(trial, err, "the writer's call did not end") : err;
}

/* ------------------------------------------- a call that waits with its page */

/* Between two looks at a call: that may end early, that may sleep [ns] */
enum { TAKE_TRY_NS = 20000000, SLEEP_TRY_NS = 2000000 };

int trial_refusal(struct trial *trial)
{
	const struct stepper_result *result = &trial->call.result;
	char refused[TRIAL_NAME_SIZE];

	if (trial_word(result, "refused", refused, sizeof(refused)))
		return trial_fail(trial, -EOPNOTSUPP, "%s: %s", refused,
				  errname_from(result->err));
	if (judge_refusal(result->err))
		return 0;
	return trial_fail(trial, -EIO, "the call failed: %s",
			  errname_from(result->err));
}

/* The call has ended and nothing was held: what does it say? */
static int ended_early(struct trial *trial)
{
	return trial->call.result.ok ?
		trial_fail(trial, -EIO, "the call ended, and nothing had "
			   "waited for it") : trial_refusal(trial);
}

/* Return: 0 go on waiting; 1 it is as far as it gets; negative: as a phase. */
static int look_before_taken(struct trial *trial, struct taskstate_watch *watch)
{
	int err = trial_poll_call(trial);

	if (err)
		return err;
	if (trial->call.ended) {
		err = ended_early(trial);
		return err ? err : 1;
	}
	if (!trial->write_gate)
		return 0;
	trial->facts.stuck = look_at_call(trial, watch);
	return trial->facts.stuck;
}

int trial_take(struct trial *trial, const char *from)
{
	uint64_t try_ns = trial->write_gate ? SLEEP_TRY_NS : TAKE_TRY_NS;
	uint64_t end_ns = deadline_ns(trial);
	struct taskstate_watch watch = { 0 };
	int err;

	while ((err = trial_wait_held(trial, trial->read_gate, try_ns)) ==
	       -EAGAIN) {
		if (clock_now_ns() >= end_ns)
			return trial_fail(trial, -ETIMEDOUT, "no READ came "
					  "from '%s'", from);
		err = look_before_taken(trial, &watch);
		if (err)
			return err > 0 ? 0 : err;
	}
	trial->held = !err;
	return err;
}

int trial_let_land(struct trial *trial)
{
	if (trial->held)
		return trial_release(trial, &trial->read_gate);
	return trial_drop_gate(trial, &trial->read_gate);
}
