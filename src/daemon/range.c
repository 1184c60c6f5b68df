/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A range is in the list from the moment it is asked for. It is owned once no
 * entry before it is in its way; entries only ever go away before it.
 */
#include "daemon/range.h"

void range_list_init(struct range_list *list)
{
	mutex_init(&list->lock);
	mutex_cond_init(&list->changed);
	list_init(&list->entries);
}

void range_list_deinit(struct range_list *list) NO_THREAD_SAFETY
{
	assert(list_empty(&list->entries));
	mutex_cond_deinit(&list->changed);
	mutex_deinit(&list->lock);
}

static bool is_in_the_way(const struct range *other, const struct range *range)
{
	return other->from < range->to && range->from < other->to &&
	       !(other->shared && range->shared);
}

static bool must_wait_locked(struct range_list *list, const struct range *range)
	REQUIRES(list->lock);
static bool must_wait_locked(struct range_list *list, const struct range *range)
{
	for (struct list *pos = range->node.prev; pos != &list->entries;
	     pos = pos->prev)
		if (is_in_the_way(list_entry(pos, struct range, node), range))
			return true;
	return false;
}

void range_own(struct range_list *list, struct range *range, uint64_t from,
	       uint64_t to, bool shared)
{
	*range = (struct range){ .from = from, .to = to, .shared = shared };
	mutex_lock(&list->lock);
	list_append(&list->entries, &range->node);
	while (must_wait_locked(list, range))
		mutex_cond_wait(&list->changed, &list->lock);
	mutex_unlock(&list->lock);
}

void range_disown(struct range_list *list, struct range *range)
{
	mutex_lock(&list->lock);
	list_remove(&range->node);
	mutex_cond_broadcast(&list->changed);
	mutex_unlock(&list->lock);
}
