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

enum { HOLD_GATE_WINDOW = 0 };	/* gate id of a hold made by -o window= */

/* Embedded in what is held. Owned by the queue from hold_park() to resume(). */
struct hold {
	struct list by_age;		/* in queue->held or queue->ready */
	struct list by_deadline;
	uint64_t id;			/* unique on the mount, from 1 */
	uint64_t gate_id;		/* who holds it */
	uint64_t since_ns;		/* CLOCK_MONOTONIC */
	uint64_t deadline_ns;		/* CLOCK_MONOTONIC */
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
 * @hold: gate_id, deadline_ns and resume are set by the caller
 *
 * Context: any thread; may be resumed before this returns, so the caller must
 * not touch @hold's object afterwards. After hold_queue_shutdown() it is
 * resumed at once.
 */
void hold_park(struct hold_queue *queue, struct hold *hold);

/**
 * hold_release() - resume the oldest @n held by @gate_id (0: by any gate but
 * the window), and wait until they have been resumed
 * @n: SIZE_MAX for all
 *
 * Context: blocks; not from the releaser thread. Return: how many.
 */
size_t hold_release(struct hold_queue *queue, uint64_t gate_id, size_t n);
/**
 * hold_release_start() - as hold_release(), without waiting for the resumption
 *
 * Context: any thread, the releaser too. Return: how many.
 */
size_t hold_release_start(struct hold_queue *queue, uint64_t gate_id, size_t n);
/**
 * hold_wait() - until at least @n are held by @gate_id (0: any but the window)
 * Return: 0, -ETIMEDOUT, -ESHUTDOWN; in @held_ret the number held when the wait
 * ended, also after a failure.
 */
int hold_wait(struct hold_queue *queue, uint64_t gate_id, size_t n,
	      uint64_t deadline_ns, size_t *held_ret) MUST_CHECK;
/* How many are held by @gate_id (0: by any gate but the window). */
size_t hold_count(struct hold_queue *queue, uint64_t gate_id);
/*
 * From now on nothing is held: release all, and let hold_park() pass through.
 * Does not wait for the resumptions.
 */
void hold_queue_shutdown(struct hold_queue *queue);

/**
 * hold_each() - look at what is held, oldest first
 * @look: called with the queue's lock held: must not block; false ends it
 */
void hold_each(struct hold_queue *queue,
	       bool (*look)(const struct hold *hold, void *context),
	       void *context);

#endif
