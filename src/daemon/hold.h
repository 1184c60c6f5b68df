/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The deadline queue: requests that wait for a release. A held request costs
 * memory, and one descriptor when it has a live view, never a thread. One
 * releaser thread resumes requests, in the order in which they were released;
 * releases and expiries are first in, first out. So what resume() does delays
 * what is behind it: an operation held on arrival that blocks in SOURCE (fsync of
 * a slow disk) makes the next releases and deadlines that much later.
 */
#ifndef PIN_HOLD_H
#define PIN_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/list.h"

struct hold_queue;

enum { HOLD_GATE_WINDOW = 0 };	/* gate id of a delay that no gate made */

/* Embedded in what is held. Owned by the queue from hold_park() to resume(). */
struct hold {
	struct list by_age;		/* in queue->held or queue->ready */
	struct list by_deadline;
	uint64_t id;			/* unique on the mount, from 1 */
	uint64_t gate_id;		/* who holds it */
	uint64_t since_ns;		/* CLOCK_MONOTONIC */
	uint64_t deadline_ns;		/* CLOCK_MONOTONIC */
	bool timed;			/* a delay: ends by its deadline, as asked */
	bool expired;			/* by its deadline; for resume() */
	void (*resume)(struct hold *hold);	/* once, no lock held */
};

int hold_queue_create(struct hold_queue **queue_ret) MUST_CHECK;
/**
 * hold_queue_destroy() - release everything, resume it, stop the thread
 * After hold_queue_shutdown() nothing is held any more.
 */
void hold_queue_destroy(struct hold_queue *queue);

/**
 * hold_park() - hold something until released or until its deadline
 * @hold: gate_id, timed, deadline_ns and resume are set by the caller
 *
 * Context: any thread; may be resumed before this returns, so the caller must
 * not touch @hold's object afterwards. After hold_queue_shutdown() it is
 * resumed at once.
 */
void hold_park(struct hold_queue *queue, struct hold *hold);

/* The order in which what is released together goes on. */
enum hold_order {
	HOLD_OLDEST,	/* as it was held */
	HOLD_NEWEST,	/* what was held last goes first */
	HOLD_RANDOM,	/* by the seed */
};

/* Which holds to release, and how. */
struct hold_choice {
	uint64_t gate_id;	/* held by it; 0: by any gate, delays excepted */
	uint64_t hold_id;	/* that one only, also a delay; 0: any */
	size_t n;		/* not more than that many; SIZE_MAX: all */
	enum hold_order order;	/* also says which, when there are more */
	uint64_t seed;		/* of HOLD_RANDOM */
	/*
	 * Called for each that will be released, in their order, with the
	 * queue's lock held: must not block. NULL: nothing.
	 */
	void (*told)(struct hold *hold, void *context);
	void *context;
};

/**
 * hold_release_chosen() - resume what is chosen, and wait until it has been
 *
 * Context: blocks; not from the releaser thread. Return: how many.
 */
size_t hold_release_chosen(struct hold_queue *queue,
			   const struct hold_choice *choice);
/**
 * hold_release_chosen_start() - the same without waiting for the resumption
 *
 * Context: any thread, the releaser too. Return: how many.
 */
size_t hold_release_chosen_start(struct hold_queue *queue,
				 const struct hold_choice *choice);
/* hold_release_chosen() of the oldest @n of a gate (0: of any). */
size_t hold_release(struct hold_queue *queue, uint64_t gate_id, size_t n);
/**
 * hold_wait() - until at least @n are held by @gate_id (0: any, not delays)
 * Return: 0, -ETIMEDOUT, -ESHUTDOWN; in @held_ret the number held when the wait
 * ended, also after a failure.
 */
int hold_wait(struct hold_queue *queue, uint64_t gate_id, size_t n,
	      uint64_t deadline_ns, size_t *held_ret) MUST_CHECK;
/* How many are held by @gate_id (0: by any gate; delays do not count then). */
size_t hold_count(struct hold_queue *queue, uint64_t gate_id);
/*
 * From now on nothing is held: release all, and let hold_park() pass through.
 * Does not wait for the resumptions.
 */
void hold_queue_shutdown(struct hold_queue *queue);

/* Is @hold held by @gate_id (0: by any gate, no delay)? */
bool hold_belongs(const struct hold *hold, uint64_t gate_id);

/**
 * hold_each() - look at what is held, oldest first
 * @look: called with the queue's lock held: must not block; false ends it
 */
void hold_each(struct hold_queue *queue,
	       bool (*look)(const struct hold *hold, void *context),
	       void *context);

#endif
