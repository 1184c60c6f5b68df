/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Releasing what is held: which, in what order, and when it is over. */
#include "daemon/hold-internal.h"

#include <stdlib.h>

#include "common/random.h"

/* What is asked for by its number is meant, a delay too. */
static bool is_chosen(const struct hold_choice *choice, const struct hold *hold)
{
	if (choice->hold_id && hold->id != choice->hold_id)
		return false;
	return (choice->hold_id && !choice->gate_id) ||
	       hold_belongs(hold, choice->gate_id);
}

static void release_one_locked(struct hold_queue *queue,
			       const struct hold_choice *choice,
			       struct hold *hold) REQUIRES(queue->lock);
static void release_one_locked(struct hold_queue *queue,
			       const struct hold_choice *choice,
			       struct hold *hold)
{
	if (choice->told)
		choice->told(hold, choice->context);
	hold_end_locked(queue, hold);
}

static size_t release_in_order_locked(struct hold_queue *queue,
				      const struct hold_choice *choice)
	REQUIRES(queue->lock);
static size_t release_in_order_locked(struct hold_queue *queue,
				      const struct hold_choice *choice)
{
	bool newest = choice->order == HOLD_NEWEST;
	struct list *head = &queue->held;
	size_t count = 0;

	for (struct list *node = newest ? head->prev : head->next, *next;
	     node != head && count < choice->n; node = next) {
		struct hold *hold = list_entry(node, struct hold, by_age);

		next = newest ? node->prev : node->next;
		if (!is_chosen(choice, hold))
			continue;
		release_one_locked(queue, choice, hold);
		count++;
	}
	return count;
}

/* All that are chosen; NULL without memory, or when there are none. */
static struct hold **collect_locked(struct hold_queue *queue,
				    const struct hold_choice *choice,
				    size_t *count_ret) REQUIRES(queue->lock);
static struct hold **collect_locked(struct hold_queue *queue,
				    const struct hold_choice *choice,
				    size_t *count_ret)
{
	struct hold **holds;
	size_t count = 0;

	list_for_each(node, &queue->held)
		count += is_chosen(choice,
				   list_entry(node, struct hold, by_age));
	holds = count ? calloc(count, sizeof(struct hold *)) : NULL;
	*count_ret = 0;
	if (!holds)
		return NULL;
	list_for_each(node, &queue->held) {
		struct hold *hold = list_entry(node, struct hold, by_age);

		if (is_chosen(choice, hold))
			holds[(*count_ret)++] = hold;
	}
	return holds;
}

/* Each time one of those that are left. Without memory: in their order. */
static size_t release_shuffled_locked(struct hold_queue *queue,
				      const struct hold_choice *choice)
	REQUIRES(queue->lock);
static size_t release_shuffled_locked(struct hold_queue *queue,
				      const struct hold_choice *choice)
{
	uint64_t state = choice->seed;
	size_t left, count = 0;
	struct hold **holds = collect_locked(queue, choice, &left);

	if (!holds)
		return release_in_order_locked(queue, choice);
	while (left && count < choice->n) {
		size_t at = (size_t)random_below(&state, left);

		release_one_locked(queue, choice, holds[at]);
		holds[at] = holds[--left];
		count++;
	}
	free(holds);
	return count;
}

static size_t release_locked(struct hold_queue *queue,
			     const struct hold_choice *choice)
	REQUIRES(queue->lock);
static size_t release_locked(struct hold_queue *queue,
			     const struct hold_choice *choice)
{
	if (choice->order == HOLD_RANDOM)
		return release_shuffled_locked(queue, choice);
	return release_in_order_locked(queue, choice);
}

size_t hold_release_chosen_start(struct hold_queue *queue,
				 const struct hold_choice *choice)
{
	size_t count;

	mutex_lock(&queue->lock);
	count = release_locked(queue, choice);
	mutex_unlock(&queue->lock);
	return count;
}

size_t hold_release_chosen(struct hold_queue *queue,
			   const struct hold_choice *choice)
{
	struct hold_ticket release;
	size_t count;

	assert(!pthread_equal(pthread_self(), queue->releaser));
	mutex_lock(&queue->lock);
	count = release_locked(queue, choice);
	if (count) {
		release.ticket = queue->readied;
		list_append(&queue->releases, &release.node);
		while (queue->resumed < release.ticket)
			mutex_cond_wait(&queue->changed, &queue->lock);
		list_remove(&release.node);
	}
	mutex_unlock(&queue->lock);
	return count;
}

size_t hold_release(struct hold_queue *queue, uint64_t gate_id, size_t n)
{
	struct hold_choice choice = { .gate_id = gate_id, .n = n };

	return hold_release_chosen(queue, &choice);
}
