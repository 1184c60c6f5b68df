/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The deadline queue.
 *
 * A hold is in one of three states: held (in the list of its age and in one by
 * deadline), ready (in the ready list), or its object's own again (resumed).
 * Release, expiry and shutdown move it from held to ready; only the releaser
 * thread takes from ready, so what is made ready first is resumed first.
 *
 *	hold_park() -> held -> ready -> resume(), no lock held
 *	                 `- deadline, release, shutdown
 *
 * Lists by deadline are sorted; a hold goes in from the tail. Holds of one
 * window or of one rule last equally long, so that is one step. Windows and
 * delays are in a list of their own, because they are shorter than the holds of
 * gates and would otherwise walk past all of them.
 *
 * Nothing here grows with the number of threads that wait: a waiter counts what
 * it waits for itself, in a record on its stack that park and release update,
 * and whoever released something waits for a ticket, the number of the last
 * thing it made ready.
 *
 * resume() may park its object again: the queue does not touch a hold once it
 * has called resume().
 */
#include "daemon/hold-internal.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"

/* What ends by its deadline, as it was asked to. */
static bool is_delay(const struct hold *hold)
{
	return hold->timed || hold->gate_id == HOLD_GATE_WINDOW;
}

bool hold_belongs(const struct hold *hold, uint64_t gate_id)
{
	return gate_id ? hold->gate_id == gate_id : !is_delay(hold);
}

static size_t count_locked(struct hold_queue *queue, uint64_t gate_id)
	REQUIRES(queue->lock);
static size_t count_locked(struct hold_queue *queue, uint64_t gate_id)
{
	size_t count = 0;

	list_for_each(node, &queue->held)
		count += hold_belongs(list_entry(node, struct hold, by_age),
				 gate_id);
	return count;
}

/* @hold has been added to what is held (+1), or taken out (-1). */
static void tell_waiters_locked(struct hold_queue *queue,
				const struct hold *hold, int change)
	REQUIRES(queue->lock);
static void tell_waiters_locked(struct hold_queue *queue,
				const struct hold *hold, int change)
{
	list_for_each(node, &queue->waiters) {
		struct hold_waiter *waiter = list_entry(node, struct hold_waiter, node);

		if (waiter->reached || !hold_belongs(hold, waiter->gate_id))
			continue;
		waiter->held += change;
		waiter->reached = waiter->held >= waiter->wanted;
		if (waiter->reached)
			mutex_cond_broadcast(&queue->changed);
	}
}

static struct list *deadlines_of(struct hold_queue *queue,
				 const struct hold *hold)
{
	return &queue->deadlines[is_delay(hold) ? HOLD_BY_DELAY : HOLD_BY_GATE];
}

/* Return: whether it is now the first of its list. */
static bool insert_by_deadline_locked(struct hold_queue *queue,
				      struct hold *hold)
	REQUIRES(queue->lock);
static bool insert_by_deadline_locked(struct hold_queue *queue,
				      struct hold *hold)
{
	struct list *head = deadlines_of(queue, hold);
	struct list *pos = head->prev;

	while (pos != head && list_entry(pos, struct hold, by_deadline)
	       ->deadline_ns > hold->deadline_ns)
		pos = pos->prev;
	list_insert_after(pos, &hold->by_deadline);
	return pos == head;
}

static void append_ready_locked(struct hold_queue *queue, struct hold *hold)
	REQUIRES(queue->lock);
static void append_ready_locked(struct hold_queue *queue, struct hold *hold)
{
	list_append(&queue->ready, &hold->by_age);
	queue->readied++;
	mutex_cond_signal(&queue->work);
}

void hold_end_locked(struct hold_queue *queue, struct hold *hold)
{
	list_remove(&hold->by_deadline);
	list_remove(&hold->by_age);
	tell_waiters_locked(queue, hold, -1);
	append_ready_locked(queue, hold);
}

/* ---- the releaser ---- */

static void expire_locked(struct hold_queue *queue, struct list *deadlines,
			  uint64_t now_ns) REQUIRES(queue->lock);
static void expire_locked(struct hold_queue *queue, struct list *deadlines,
			  uint64_t now_ns)
{
	list_for_each_safe(node, deadlines) {
		struct hold *hold = list_entry(node, struct hold, by_deadline);

		if (hold->deadline_ns > now_ns)
			break;
		hold->expired = true;
		hold_end_locked(queue, hold);
	}
}

/* Return: the earliest deadline that is left. */
static uint64_t expire_all_locked(struct hold_queue *queue)
	REQUIRES(queue->lock);
static uint64_t expire_all_locked(struct hold_queue *queue)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t next_ns = CLOCK_NEVER;

	for (int i = 0; i < HOLD_NDEADLINES; i++) {
		struct list *list = &queue->deadlines[i];

		expire_locked(queue, list, now_ns);
		if (!list_empty(list)) {
			struct hold *first = list_entry(list->next, struct hold,
							by_deadline);

			next_ns = MIN(next_ns, first->deadline_ns);
		}
	}
	return next_ns;
}

static void resume_first_locked(struct hold_queue *queue)
	REQUIRES(queue->lock);
static void resume_first_locked(struct hold_queue *queue)
{
	struct hold *hold = list_entry(queue->ready.next, struct hold, by_age);

	list_remove(&hold->by_age);
	mutex_unlock(&queue->lock);
	hold->resume(hold);
	mutex_lock(&queue->lock);
	queue->resumed++;
	list_for_each(node, &queue->releases)
		if (list_entry(node, struct hold_ticket, node)->ticket ==
		    queue->resumed)
			mutex_cond_broadcast(&queue->changed);
}

static void *run_releaser(void *arg)
{
	struct hold_queue *queue = arg;

	mutex_lock(&queue->lock);
	for (;;) {
		uint64_t next_ns = expire_all_locked(queue);

		if (!list_empty(&queue->ready))
			resume_first_locked(queue);
		else if (queue->stop)
			break;
		else
			mutex_cond_wait_until(&queue->work, &queue->lock,
					      next_ns);
	}
	mutex_unlock(&queue->lock);
	return NULL;
}

/* ---- construction ---- */

static void hold_queue_free(struct hold_queue *queue)
{
	mutex_cond_deinit(&queue->changed);
	mutex_cond_deinit(&queue->work);
	mutex_deinit(&queue->lock);
	free(queue);
}

int hold_queue_create(struct hold_queue **queue_ret)
{
	struct hold_queue *queue = calloc(1, sizeof(*queue));
	int err;

	if (!queue)
		return -ENOMEM;
	mutex_init(&queue->lock);
	mutex_cond_init(&queue->work);
	mutex_cond_init(&queue->changed);
	list_init(&queue->held);
	list_init(&queue->ready);
	for (int i = 0; i < HOLD_NDEADLINES; i++)
		list_init(&queue->deadlines[i]);
	list_init(&queue->waiters);
	list_init(&queue->releases);
	err = pthread_create(&queue->releaser, NULL, run_releaser, queue);
	if (err) {
		hold_queue_free(queue);
		return -err;
	}
	*queue_ret = queue;
	return 0;
}

void hold_queue_destroy(struct hold_queue *queue)
{
	if (!queue)
		return;
	hold_queue_shutdown(queue);
	mutex_lock(&queue->lock);
	queue->stop = true;
	mutex_cond_signal(&queue->work);
	mutex_unlock(&queue->lock);
	pthread_join(queue->releaser, NULL);
	hold_queue_free(queue);
}

void hold_queue_shutdown(struct hold_queue *queue)
{
	mutex_lock(&queue->lock);
	queue->shutdown = true;
	list_for_each_safe(node, &queue->held)
		hold_end_locked(queue, list_entry(node, struct hold, by_age));
	mutex_cond_broadcast(&queue->changed);
	mutex_unlock(&queue->lock);
}

/* ---- in and out ---- */

void hold_park(struct hold_queue *queue, struct hold *hold)
{
	hold->expired = false;
	mutex_lock(&queue->lock);
	hold->id = ++queue->last_id;
	hold->since_ns = clock_now_ns();
	if (queue->shutdown) {
		append_ready_locked(queue, hold);
	} else {
		list_append(&queue->held, &hold->by_age);
		if (insert_by_deadline_locked(queue, hold))
			mutex_cond_signal(&queue->work);
		tell_waiters_locked(queue, hold, 1);
	}
	mutex_unlock(&queue->lock);
}

int hold_wait(struct hold_queue *queue, uint64_t gate_id, size_t n,
	      uint64_t deadline_ns, size_t *held_ret)
{
	struct hold_waiter waiter = { .gate_id = gate_id, .wanted = n };
	bool in_time = true;
	int err = 0;

	mutex_lock(&queue->lock);
	waiter.held = count_locked(queue, gate_id);
	waiter.reached = waiter.held >= n;
	list_append(&queue->waiters, &waiter.node);
	while (!waiter.reached && !queue->shutdown && in_time)
		in_time = mutex_cond_wait_until(&queue->changed, &queue->lock,
						deadline_ns);
	list_remove(&waiter.node);
	if (!waiter.reached)
		err = queue->shutdown ? -ESHUTDOWN : -ETIMEDOUT;
	*held_ret = waiter.held;
	mutex_unlock(&queue->lock);
	return err;
}

size_t hold_count(struct hold_queue *queue, uint64_t gate_id)
{
	size_t count;

	mutex_lock(&queue->lock);
	count = count_locked(queue, gate_id);
	mutex_unlock(&queue->lock);
	return count;
}

void hold_each(struct hold_queue *queue,
	       bool (*look)(const struct hold *hold, void *context),
	       void *context)
{
	mutex_lock(&queue->lock);
	list_for_each(node, &queue->held)
		if (!look(list_entry(node, struct hold, by_age), context))
			break;
	mutex_unlock(&queue->lock);
}
