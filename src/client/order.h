/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which "pinctl run" runs its scenarios, each as often as is
 * wanted: one after the other, by rounds, or by chance.
 */
#ifndef PIN_ORDER_H
#define PIN_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct order_rule {
	size_t count;		/* scenarios, known by their index */
	uint64_t repeat;	/* runs of each; 0: without end */
	bool rounds;		/* each once, then again; always without end */
	bool shuffled;		/* by chance; without end: within each round */
	uint64_t seed;		/* of it; the same gives the same order */
};

struct order {
	struct order_rule rule;
	uint64_t state;		/* of chance */
	uint64_t *left;		/* runs of each in this round */
	bool *dropped;		/* it gets no more */
	uint64_t left_sum;
	uint64_t each;		/* runs of each in a round */
	uint64_t rounds;	/* still to come; UINT64_MAX: no end */
};

/* Return: 0 or -ENOMEM, then also needs no order_deinit(). */
int order_init(struct order *order, const struct order_rule *rule) MUST_CHECK;
void order_deinit(struct order *order);

/* What runs next. Return: false: nothing is left. */
bool order_next(struct order *order, size_t *index_ret);
/* This one shall not run any more. */
void order_drop(struct order *order, size_t index);
/* Will this one not run any more? */
bool order_is_over(const struct order *order, size_t index);

#endif
