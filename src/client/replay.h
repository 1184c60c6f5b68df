/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a schedule (schedule.h) on a mount: its lines one after the other,
 * each to its end before the next begins, except for the steps that it starts.
 */
#ifndef PIN_REPLAY_H
#define PIN_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

struct schedule;

struct replay_config {
	const char *mountpoint;
	const char *file;	/* of the schedule, for messages */
	uint64_t timeout_ns;	/* longest time for a round, without clean-up */
	unsigned int repeat;	/* number of rounds */
	bool verbose;		/* each line and its answer on stdout */
};

enum replay_outcome {
	REPLAY_AS_EXPECTED,
	REPLAY_DEVIATES,
	REPLAY_UNSURE,		/* it could not be run as it is written */
	REPLAY_STUCK,		/* a client is still in the mount */
};

/**
 * replay_round() - run the schedule once
 * @round: from 1, for messages
 *
 * The round has clients and a control connection of its own. When it ends, in
 * whatever way, its gates are cleared and a pause of its own is resumed, so that
 * clients come free. What is not as expected has been logged.
 */
enum replay_outcome replay_round(const struct schedule *schedule,
				 const struct replay_config *config,
				 unsigned int round) MUST_CHECK;

#endif
