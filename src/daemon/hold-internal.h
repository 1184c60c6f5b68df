/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hold*.c files share; nobody else includes this. */
#ifndef PIN_HOLD_INTERNAL_H
#define PIN_HOLD_INTERNAL_H

#include <pthread.h>

#include "common/mutex.h"
#include "daemon/hold.h"

/* The lists by deadline. */
enum { HOLD_BY_DELAY, HOLD_BY_GATE, HOLD_NDEADLINES };

struct hold_queue {
	struct mutex lock;
	struct cond work;	/* for the releaser */
	struct cond changed;	/* for waiters and releases */
	struct list held GUARDED_BY(lock);
	struct list ready GUARDED_BY(lock);
	struct list deadlines[HOLD_NDEADLINES] GUARDED_BY(lock);
	struct list waiters GUARDED_BY(lock);	/* struct hold_waiter */
	struct list releases GUARDED_BY(lock);	/* struct hold_ticket */
	uint64_t last_id GUARDED_BY(lock);
	uint64_t readied GUARDED_BY(lock);	/* made ready so far */
	uint64_t resumed GUARDED_BY(lock);	/* of these, resumed */
	bool shutdown GUARDED_BY(lock);		/* hold nothing any more */
	bool stop GUARDED_BY(lock);		/* end the thread */
	pthread_t releaser;
};

/* Somebody in hold_wait(). */
struct hold_waiter {
	struct list node;
	uint64_t gate_id;
	size_t wanted;
	size_t held;		/* now, or when it had been reached */
	bool reached;
};

/* Somebody in hold_release(). */
struct hold_ticket {
	struct list node;
	uint64_t ticket;	/* of the last that it made ready */
};

/* From held to ready. */
void hold_end_locked(struct hold_queue *queue, struct hold *hold)
	REQUIRES(queue->lock);

#endif
