/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A round of a replay, as its parts see it. */
#ifndef PIN_REPLAY_INTERNAL_H
#define PIN_REPLAY_INTERNAL_H

#include <sys/types.h>

#include "client/replay.h"
#include "client/schedule.h"
#include "client/stepper.h"
#include "common/json.h"

struct ctlclient;
struct eventlog;

/* A step of schedule->jobs. */
struct replay_job {
	bool started;
	bool done;			/* @result is there */
	unsigned int step;		/* number of its line in the client */
	pid_t tid;
	struct stepper_result result;
};

struct replay {
	const struct schedule *schedule;
	const struct replay_config *config;
	unsigned int round;
	uint64_t start_ns;
	uint64_t deadline_ns;		/* of the round */
	struct ctlclient *control;
	struct eventlog *events;	/* NULL: no line needs it */
	struct stepper **clients;	/* as schedule->clients */
	struct replay_job *jobs;	/* as schedule->jobs */
	long *gates;			/* ids of gates to clear at the end */
	size_t ngates;
	bool paused;			/* by this round */
};

/* ----------------------------------------------------- replay.c: what to say */

/* Log that a line is not as expected. Return: REPLAY_DEVIATES. */
enum replay_outcome replay_deviates(const struct replay *replay,
				    const struct schedule_line *line,
				    const char *fmt, ...) PRINTF(3, 4);
/* A call for @line has failed: what is left, or the time, or the machine? */
enum replay_outcome replay_failed(const struct replay *replay,
				  const struct schedule_line *line, int err);
/* With -v: a line has been done, and this came. */
void replay_trace(const struct replay *replay,
		  const struct schedule_line *line, const char *answer);

/* ---------------------------------------- replay-step.c: clients, their steps */

int replay_spawn(struct replay *replay) MUST_CHECK;
/* Return: 0, or -ETIMEDOUT: a client is still there. Messages were logged. */
int replay_end_clients(struct replay *replay, uint64_t deadline_ns);
enum replay_outcome replay_do_step(struct replay *replay,
				   const struct schedule_line *line);
enum replay_outcome replay_do_start(struct replay *replay,
				    const struct schedule_line *line);
enum replay_outcome replay_do_join(struct replay *replay,
				   const struct schedule_line *line);
enum replay_outcome replay_do_order(struct replay *replay,
				    const struct schedule_line *line);
enum replay_outcome replay_do_blocked(struct replay *replay,
				      const struct schedule_line *line);
/* Wait for all started steps, and look at those nobody has looked at. */
enum replay_outcome replay_join_all(struct replay *replay);
/* A message for each started step that has not ended. */
void replay_log_running(const struct replay *replay);

/* ----------------------------------- replay-control.c: verbs, the event log */

int replay_connect(struct replay *replay) MUST_CHECK;
/* Let go of all that the round holds. The connection stays. */
void replay_let_go(struct replay *replay, uint64_t deadline_ns);
void replay_disconnect(struct replay *replay);
enum replay_outcome replay_do_verb(struct replay *replay,
				   const struct schedule_line *line);
enum replay_outcome replay_do_expect(struct replay *replay,
				     const struct schedule_line *line);

#endif
