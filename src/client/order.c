/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the order of runs.
 *
 * Nothing is laid out before: a million repeats need no more memory than one.
 * Drawing each time from the runs that are left, every one with the same
 * chance, gives each order of them with the same chance, as Fisher and Yates
 * do with an array.
 */
#include "client/order.h"

#include <errno.h>
#include <stdlib.h>

#include "common/random.h"

static void begin_round(struct order *order)
{
	if (order->rounds != UINT64_MAX)
		order->rounds--;
	order->left_sum = 0;
	for (size_t i = 0; i < order->rule.count; i++) {
		order->left[i] = order->dropped[i] ? 0 : order->each;
		order->left_sum += order->left[i];
	}
}

int order_init(struct order *order, const struct order_rule *rule)
{
	bool by_round = rule->repeat == 0 ||
			(rule->rounds && !rule->shuffled);

	*order = (struct order){
		.rule = *rule,
		.state = rule->seed,
		.left = calloc(rule->count + 1, sizeof(*order->left)),
		.dropped = calloc(rule->count + 1,
				  sizeof(*order->dropped)),
		.each = by_round ? 1 : rule->repeat,
		.rounds = !by_round ? 1 :
			  rule->repeat ? rule->repeat : UINT64_MAX,
	};
	if (order->left && order->dropped)
		return 0;
	order_deinit(order);
	return -ENOMEM;
}

void order_deinit(struct order *order)
{
	free(order->left);
	free(order->dropped);
	order->left = NULL;
	order->dropped = NULL;
}

/* Whose is the run number @at of those that are left? */
static size_t owner(const struct order *order, uint64_t at)
{
	size_t i = 0;

	while (at >= order->left[i])
		at -= order->left[i++];
	return i;
}

bool order_next(struct order *order, size_t *index_ret)
{
	uint64_t at = 0;

	if (!order->left_sum && order->rounds)
		begin_round(order);
	if (!order->left_sum)
		return false;
	if (order->rule.shuffled)
		at = random_below(&order->state, order->left_sum);
	*index_ret = owner(order, at);
	order->left[*index_ret]--;
	order->left_sum--;
	return true;
}

void order_drop(struct order *order, size_t index)
{
	order->left_sum -= order->left[index];
	order->left[index] = 0;
	order->dropped[index] = true;
}

bool order_is_over(const struct order *order, size_t index)
{
	return order->dropped[index] ||
	       (!order->left[index] && !order->rounds);
}
