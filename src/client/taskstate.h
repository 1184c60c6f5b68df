/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a thread sleeps, by looks at /proc that touch neither its memory nor
 * its locks (/proc/PID/task/TID/status and wchan), so that looking at a thread
 * stuck behind a held request cannot hang. One that is about to end is looked
 * at by a lookout.
 */
#ifndef PIN_TASKSTATE_H
#define PIN_TASKSTATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

enum { TASKSTATE_PLACE_SIZE = 64 };

/* One look. */
struct taskstate {
	char state;		/* R runs, S sleeps, D uninterruptibly, ... */
	uint64_t switches;	/* how often it has been switched away from */
	char place[TASKSTATE_PLACE_SIZE];	/* kernel function, or "" */
};

/* Return: 0; -ESRCH the thread has ended; -errno. */
int taskstate_look(pid_t pid, pid_t tid, struct taskstate *state_ret)
	MUST_CHECK;

/**
 * taskstate_dying() - is a process about to end, whatever its threads wait for?
 * Each of them is on its way out or has SIGKILL pending, as after exit_group(2).
 * @asleep_ret: the first that sleeps uninterruptibly; its state is 0 when there is
 *              none
 * Return: 0 or 1; -ESRCH it has been reaped; -errno.
 */
int taskstate_dying(pid_t pid, struct taskstate *asleep_ret) MUST_CHECK;
/* Does it sleep in a function that waits for a page, or for writeback? */
bool taskstate_waits_for_page(const struct taskstate *state);

/* Several looks at one thread. Zero-initialised. */
struct taskstate_watch {
	struct taskstate last;
	unsigned int same;	/* looks since then that found nothing new */
};

/**
 * taskstate_stuck() - one more look: does it sleep for good?
 * True once it has slept uninterruptibly in one place, never running in
 * between, for some looks: few in a place that is known to wait for a page,
 * more elsewhere, none in one that waits for memory. The caller lets about a millisecond pass between looks.
 */
bool taskstate_stuck(struct taskstate_watch *watch,
		     const struct taskstate *state);

#endif
