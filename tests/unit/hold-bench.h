/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of holds, and things to be held in it. */
#ifndef PIN_HOLD_BENCH_H
#define PIN_HOLD_BENCH_H

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mutex.h"
#include "daemon/hold.h"

#define MS CLOCK_NS_PER_MS
#define LATER clock_deadline_ns(60 * CLOCK_NS_PER_SEC)

/* Something that can be held. Written by resume(), read after it. */
struct item {
	struct hold hold;
	unsigned int parks;	/* how often resume() parks it again, ... */
	uint64_t again_gate;	/* ... at this gate (0: as before), ... */
	uint64_t again_ns;	/* ... until then (0: for long) */
	unsigned int resumed;
	bool expired;
	uint64_t at_ns;		/* when it was resumed */
	uint64_t number;	/* how many were resumed before it */
};

static struct hold_queue *queue;
static atomic_uint_fast64_t resumed;
static struct mutex stall = MUTEX_INIT;	/* whoever has it stops the releaser */

static void resume(struct hold *hold)
{
	struct item *item = container_of(hold, struct item, hold);
	bool again = item->parks > 0;

	mutex_lock(&stall);
	mutex_unlock(&stall);
	item->resumed++;
	item->expired = hold->expired;
	item->at_ns = clock_now_ns();
	item->number = atomic_load(&resumed);
	item->parks -= again;
	item->hold.deadline_ns = item->again_ns ? item->again_ns : LATER;
	if (item->again_gate)
		item->hold.gate_id = item->again_gate;
	atomic_fetch_add(&resumed, 1);	/* from here on the test reads it */
	if (again)
		hold_park(queue, &item->hold);
}

static void park(struct item *item, uint64_t gate_id, uint64_t deadline_ns)
{
	item->hold.gate_id = gate_id;
	item->hold.deadline_ns = deadline_ns;
	item->hold.resume = resume;
	hold_park(queue, &item->hold);
}

static int set_up(UNUSED void **state)
{
	atomic_store(&resumed, 0);
	return hold_queue_create(&queue);
}

static int tear_down(UNUSED void **state)
{
	hold_queue_destroy(queue);
	return 0;
}

#endif
