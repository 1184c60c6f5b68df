/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Busy ranges of a file: what one request works on that no other may change (or,
 * exclusive, look at) meanwhile. Owned, not locked: entries in a list, so that
 * owners may block in SOURCE. Nobody owns a range during a hold or a reply.
 */
#ifndef PIN_RANGE_H
#define PIN_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/list.h"
#include "common/mutex.h"

struct range_list {
	struct mutex lock;
	struct cond changed;		/* an entry has gone */
	struct list entries GUARDED_BY(lock);	/* in the order of asking */
};

struct range {
	struct list node;
	uint64_t from;		/* half open, in units of the caller's */
	uint64_t to;
	bool shared;
};

void range_list_init(struct range_list *list);
void range_list_deinit(struct range_list *list);	/* nobody owns anything */

/**
 * range_own() - wait until nobody who came before is in the way, then own it
 * @range:  the caller's, until range_disown()
 * @shared: with other shared ones; else with none
 *
 * Who asked first is served first, so nobody starves. Whoever owns ranges of two
 * files takes them in the order of the lists' addresses.
 */
void range_own(struct range_list *list, struct range *range, uint64_t from,
	       uint64_t to, bool shared) EXCLUDES(list->lock);
void range_disown(struct range_list *list, struct range *range)
	EXCLUDES(list->lock);

#endif
