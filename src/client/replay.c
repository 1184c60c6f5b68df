/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A round of a replay, from its clients' start to its end.
 *
 * Nothing waits without the round's deadline. The gates belong to the round's
 * connection, so that they end with this process however it dies; clients die
 * with it, too. On every other way out the round clears its gates itself before
 * it ends the clients: a connection's end is noticed by the daemon later, and
 * the next round must not meet gates of this one.
 */
#include "client/replay.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/replay-internal.h"
#include "common/clock.h"
#include "common/log.h"

#define CLEANUP_NS (10 * CLOCK_NS_PER_SEC)

/* -------------------------------------------------------------- what to say */

/* " in round 3 of 10", when there is more than one. */
static const char *round_text(const struct replay *replay, char text[48])
{
	text[0] = '\0';
	if (replay->config->repeat > 1)
		snprintf(text, 48, " in round %u of %u", replay->round,
			 replay->config->repeat);
	return text;
}

enum replay_outcome replay_deviates(const struct replay *replay,
				    const struct schedule_line *line,
				    const char *fmt, ...)
{
	char reason[1024], where[48];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	log_err("%s:%u: '%s'%s: %s", replay->config->file, line->number,
		line->source, round_text(replay, where), reason);
	return REPLAY_DEVIATES;
}

enum replay_outcome replay_failed(const struct replay *replay,
				  const struct schedule_line *line, int err)
{
	if (err == -ETIMEDOUT)
		return replay_deviates(replay, line, "not done when the %g s "
				       "of --timeout were up",
				       (double)replay->config->timeout_ns /
				       (double)CLOCK_NS_PER_SEC);
	replay_deviates(replay, line, "cannot be done: %s",
			err == -EPIPE ? "the other side has gone" :
					strerror(-err));
	return REPLAY_UNSURE;
}

void replay_trace(const struct replay *replay,
		  const struct schedule_line *line, const char *answer)
{
	uint64_t ns = clock_now_ns() - replay->start_ns;

	if (!replay->config->verbose)
		return;
	printf("%10.6f %4u: %s -> %s\n", (double)ns / (double)CLOCK_NS_PER_SEC,
	       line->number, line->source, answer);
	fflush(stdout);
}

/* -------------------------------------------------------------------- lines */

static enum replay_outcome do_line(struct replay *replay,
				   const struct schedule_line *line)
{
	switch (line->kind) {
	case SCHEDULE_STEP:
		return replay_do_step(replay, line);
	case SCHEDULE_START:
		return replay_do_start(replay, line);
	case SCHEDULE_VERB:
		return replay_do_verb(replay, line);
	case SCHEDULE_JOIN:
		return replay_do_join(replay, line);
	case SCHEDULE_ORDER:
		return replay_do_order(replay, line);
	case SCHEDULE_BLOCKED:
		return replay_do_blocked(replay, line);
	case SCHEDULE_EXPECT:
		return replay_do_expect(replay, line);
	}
	return REPLAY_UNSURE;
}

static enum replay_outcome do_lines(struct replay *replay)
{
	const struct schedule *schedule = replay->schedule;
	enum replay_outcome outcome = REPLAY_AS_EXPECTED;

	for (size_t i = 0; outcome == REPLAY_AS_EXPECTED &&
	     i < schedule->nlines; i++)
		outcome = do_line(replay, &schedule->lines[i]);
	return outcome;
}

/* ---------------------------------------------------------- begin and end */

static int begin(struct replay *replay)
{
	const struct schedule *schedule = replay->schedule;
	int err;

	/* One more each: there may be none. */
	replay->clients = calloc(schedule->nclients + 1,
				 sizeof(*replay->clients));
	replay->jobs = calloc(schedule->njobs + 1, sizeof(*replay->jobs));
	replay->gates = calloc(schedule->nlines + 1, sizeof(*replay->gates));
	if (!replay->clients || !replay->jobs || !replay->gates)
		return -ENOMEM;
	err = replay_spawn(replay);
	return err ? err : replay_connect(replay);
}

static enum replay_outcome end(struct replay *replay,
			       enum replay_outcome outcome)
{
	uint64_t deadline_ns = clock_deadline_ns(CLEANUP_NS);

	if (outcome != REPLAY_AS_EXPECTED)
		replay_log_running(replay);
	replay_let_go(replay, deadline_ns);
	/* Gates that could not be cleared go with the connection. */
	replay_disconnect(replay);
	if (replay->clients && replay_end_clients(replay, deadline_ns))
		outcome = REPLAY_STUCK;
	free(replay->clients);
	free(replay->jobs);
	free(replay->gates);
	return outcome;
}

enum replay_outcome replay_round(const struct schedule *schedule,
				 const struct replay_config *config,
				 unsigned int round)
{
	struct replay replay = {
		.schedule = schedule,
		.config = config,
		.round = round,
		.start_ns = clock_now_ns(),
		.deadline_ns = clock_deadline_ns(config->timeout_ns),
	};
	enum replay_outcome outcome = REPLAY_UNSURE;
	int err = begin(&replay);

	if (err) {
		log_err("'%s' cannot be run on '%s': %s", config->file,
			config->mountpoint, strerror(-err));
		return end(&replay, outcome);
	}
	outcome = do_lines(&replay);
	if (outcome == REPLAY_AS_EXPECTED) {
		/* What the schedule has left held comes free now. */
		replay_let_go(&replay, replay.deadline_ns);
		outcome = replay_join_all(&replay);
	}
	return end(&replay, outcome);
}
