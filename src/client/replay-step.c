/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clients of a round, and the lines about their steps. All clients are
 * started before the first line is run: a gate of the schedule cannot hold the
 * start of a client.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/errname.h"
#include "client/interrupt.h"
#include "client/replay-internal.h"
#include "client/taskstate.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"

enum {
	LOOKS_TO_BLOCKED = 10,	/* that find a thread where it was */
};

enum { ANSWER_SIZE = 400 };

int replay_spawn(struct replay *replay)
{
	const struct schedule *schedule = replay->schedule;

	for (size_t i = 0; i < schedule->nclients; i++) {
		int err = stepper_spawn(schedule->clients[i],
					replay->config->mountpoint,
					&replay->clients[i]);

		if (err)
			return err;
		interrupt_add_child(stepper_pid(replay->clients[i]));
	}
	return 0;
}

int replay_end_clients(struct replay *replay, uint64_t deadline_ns)
{
	const struct schedule *schedule = replay->schedule;
	int err = 0;

	for (size_t i = 0; i < schedule->nclients; i++) {
		pid_t pid;

		if (!replay->clients[i])
			continue;
		pid = stepper_pid(replay->clients[i]);
		if (stepper_destroy(replay->clients[i], deadline_ns)) {
			log_err("client %s (process %d) is still in the mount, "
				"killed and not gone", schedule->clients[i],
				pid);
			err = -ETIMEDOUT;
		}
		interrupt_remove_child(pid);
	}
	return err;
}

/* ------------------------------------------------------------------ answers */

static uint64_t duration_us(const struct stepper_result *result)
{
	return (result->end_ns - result->start_ns) / 1000;
}

/* As the client answers it, without number, step, start and end. */
static const char *answer_text(const struct stepper_result *result,
			       char text[ANSWER_SIZE])
{
	char value[32];

	if (result->ok)
		snprintf(value, sizeof(value), "%ld", result->ret);
	else
		snprintf(value, sizeof(value), "%s", errname_from(result->err));
	snprintf(text, ANSWER_SIZE, "%s %s=%s us=%llu%s%s",
		 result->ok ? "ok" : "fail", result->ok ? "ret" : "errno",
		 value, (unsigned long long)duration_us(result),
		 *result->text ? " " : "", result->text);
	return text;
}

/* Is a member of a step's answer as wanted? */
static bool has_member(const struct stepper_result *result,
		       const struct schedule_want *want)
{
	char answer[ANSWER_SIZE];
	struct parse_line words;
	bool found;

	if (parse_line_init(&words, answer_text(result, answer)))
		return false;
	found = schedule_compare(want, parse_line_get(&words, want->key));
	parse_line_deinit(&words);
	return found;
}

static bool is_outcome(const struct schedule_wants *wants,
		       const struct stepper_result *result)
{
	if (wants->any)
		return true;
	return wants->err ? !result->ok && result->err == wants->err :
			    result->ok;
}

/* Is the answer to the step of @line as the line says? */
static enum replay_outcome judge(const struct replay *replay,
				 const struct schedule_line *line,
				 const struct stepper_result *result)
{
	const struct schedule_wants *wants = &line->wants;
	char answer[ANSWER_SIZE];

	answer_text(result, answer);
	replay_trace(replay, line, answer);
	if (!is_outcome(wants, result))
		return replay_deviates(replay, line, "expected %s, got '%s'",
				       wants->err ? errname_from(wants->err) :
						    "ok", answer);
	for (size_t i = 0; i < wants->count; i++) {
		const struct schedule_want *want = &wants->list[i];

		if (!has_member(result, want))
			return replay_deviates(replay, line,
				"expected %s%s%s, got '%s'", want->key,
				schedule_relation_text(want->relation),
				want->value, answer);
	}
	return REPLAY_AS_EXPECTED;
}

/* A step that was not answered as one: not understood, late, client dead. */
static enum replay_outcome no_answer(const struct replay *replay,
				     const struct schedule_line *line, int err,
				     const char *message)
{
	if (err == -EINVAL)
		return replay_deviates(replay, line, "the client does not "
				       "understand it: %s", message);
	return replay_failed(replay, line, err);
}

/* -------------------------------------------------------------------- steps */

enum replay_outcome replay_do_step(struct replay *replay,
				   const struct schedule_line *line)
{
	struct stepper_result result = { 0 };
	int err = stepper_do(replay->clients[line->client],
			     replay->deadline_ns, &result, "%s", line->text);

	return err ? no_answer(replay, line, err, result.text) :
		     judge(replay, line, &result);
}

enum replay_outcome replay_do_start(struct replay *replay,
				    const struct schedule_line *line)
{
	struct replay_job *job = &replay->jobs[line->jobs[0]];
	int err = stepper_start(replay->clients[line->client],
				replay->deadline_ns, &job->step, &job->tid,
				"%s", line->text);

	if (err == -ETIMEDOUT || err == -EPIPE)
		return replay_failed(replay, line, err);
	if (err)
		return replay_deviates(replay, line, "it did not start");
	job->started = true;
	replay_trace(replay, line, "started");
	return REPLAY_AS_EXPECTED;
}

static const struct schedule_line *line_of(const struct replay *replay,
					   size_t job)
{
	const struct schedule *schedule = replay->schedule;

	return &schedule->lines[schedule->jobs[job].line];
}

/* Wait for the end. Return: as stepper_wait(). */
static int await(struct replay *replay, size_t index, uint64_t deadline_ns)
{
	struct replay_job *job = &replay->jobs[index];
	size_t client = line_of(replay, index)->client;
	int err;

	if (job->done)
		return 0;
	err = stepper_wait(replay->clients[client], job->step, deadline_ns,
			   &job->result);
	job->done = !err;
	return err;
}

/* To its end, and once: is that as its line says? */
static enum replay_outcome join(struct replay *replay, size_t index)
{
	struct replay_job *job = &replay->jobs[index];
	int err;

	if (job->done)
		return REPLAY_AS_EXPECTED;
	err = await(replay, index, replay->deadline_ns);
	if (err)
		return no_answer(replay, line_of(replay, index), err,
				 job->result.text);
	return judge(replay, line_of(replay, index), &job->result);
}

enum replay_outcome replay_join_all(struct replay *replay)
{
	enum replay_outcome outcome = REPLAY_AS_EXPECTED;

	for (size_t i = 0; outcome == REPLAY_AS_EXPECTED &&
	     i < replay->schedule->njobs; i++)
		if (replay->jobs[i].started)
			outcome = join(replay, i);
	return outcome;
}

static enum replay_outcome join_named(struct replay *replay,
				      const struct schedule_line *line)
{
	enum replay_outcome outcome = REPLAY_AS_EXPECTED;

	for (size_t i = 0; outcome == REPLAY_AS_EXPECTED && i < line->njobs;
	     i++)
		outcome = join(replay, line->jobs[i]);
	return outcome;
}

enum replay_outcome replay_do_join(struct replay *replay,
				   const struct schedule_line *line)
{
	enum replay_outcome outcome = line->njobs ? join_named(replay, line) :
						    replay_join_all(replay);

	if (outcome == REPLAY_AS_EXPECTED)
		replay_trace(replay, line, "ok");
	return outcome;
}

enum replay_outcome replay_do_order(struct replay *replay,
				    const struct schedule_line *line)
{
	enum replay_outcome outcome = join_named(replay, line);

	if (outcome != REPLAY_AS_EXPECTED)
		return outcome;
	for (size_t i = 1; i < line->njobs; i++) {
		const struct replay_job *before, *after;

		before = &replay->jobs[line->jobs[i - 1]];
		after = &replay->jobs[line->jobs[i]];
		if (before->result.end_ns < after->result.end_ns)
			continue;
		return replay_deviates(replay, line, "'%s' ended at %llu ns, "
			"'%s' not later, at %llu ns",
			replay->schedule->jobs[line->jobs[i - 1]].label,
			(unsigned long long)before->result.end_ns,
			replay->schedule->jobs[line->jobs[i]].label,
			(unsigned long long)after->result.end_ns);
	}
	replay_trace(replay, line, "ok");
	return REPLAY_AS_EXPECTED;
}

void replay_log_running(const struct replay *replay)
{
	for (size_t i = 0; replay->jobs && i < replay->schedule->njobs; i++)
		if (replay->jobs[i].started && !replay->jobs[i].done)
			log_err("%s:%u: '%s' has not been seen to end",
				replay->config->file,
				line_of(replay, i)->number,
				line_of(replay, i)->source);
}

/* ------------------------------------------------------------------ blocked */

/*
 * One more look: does it sleep where it slept before, and has it not run in
 * between? A thread that waits for an answer of FUSE is in S or D state
 * (fs/fuse/dev.c: request_wait_answer(), 6.18). One between two steps waits for
 * a lock of its own process, which says nothing.
 */
static bool sleeps_on(const struct taskstate *now, struct taskstate *last)
{
	bool same = (now->state == 'D' || now->state == 'S') &&
		    !strstr(now->place, "futex") &&
		    now->state == last->state &&
		    now->switches == last->switches &&
		    strcmp(now->place, last->place) == 0;

	*last = *now;
	return same;
}

/* Return: 0 it sleeps; -ESRCH it has ended; -ETIMEDOUT neither in time. */
static int await_sleep(struct replay *replay, size_t index)
{
	const struct replay_job *job = &replay->jobs[index];
	size_t client = line_of(replay, index)->client;
	struct taskstate last = { 0 }, now;
	int same = 0;

	while (clock_now_ns() < replay->deadline_ns) {
		int err = taskstate_look(stepper_pid(replay->clients[client]),
					 job->tid, &now);

		if (err)
			return err;
		same = sleeps_on(&now, &last) ? same + 1 : 0;
		/* Its end would have been answered before the first look. */
		err = await(replay, index, 0);
		if (err != -ETIMEDOUT)
			return err ? err : -ESRCH;
		if (same >= LOOKS_TO_BLOCKED)
			return 0;
		clock_sleep_ns(CLOCK_NS_PER_MS);
	}
	return -ETIMEDOUT;
}

static enum replay_outcome check_blocked(struct replay *replay,
					 const struct schedule_line *line,
					 size_t index)
{
	const char *label = replay->schedule->jobs[index].label;
	const struct replay_job *job = &replay->jobs[index];
	char answer[ANSWER_SIZE];
	int err;

	if (!job->done) {
		err = await_sleep(replay, index);
		if (!err)
			return REPLAY_AS_EXPECTED;
		if (!job->done)
			return replay_failed(replay, line, err);
	}
	return replay_deviates(replay, line, "'%s' has ended: %s", label,
			       answer_text(&job->result, answer));
}

enum replay_outcome replay_do_blocked(struct replay *replay,
				      const struct schedule_line *line)
{
	enum replay_outcome outcome = REPLAY_AS_EXPECTED;

	for (size_t i = 0; outcome == REPLAY_AS_EXPECTED && i < line->njobs;
	     i++)
		outcome = check_blocked(replay, line, line->jobs[i]);
	if (outcome == REPLAY_AS_EXPECTED)
		replay_trace(replay, line, "ok");
	return outcome;
}
