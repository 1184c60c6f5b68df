/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Did a scenario leave pages pinned? The counters are machine-wide and others
 * pin too, so a leak is only said when nobody else can have made it.
 */
#ifndef PIN_PINLEAK_H
#define PIN_PINLEAK_H

#include <stdbool.h>
#include <stdint.h>

#include "client/pincount.h"

struct pinleak {
	bool counted;		/* the counters can be read */
	struct pincount before;
};

/* Look before the scenario. */
void pinleak_begin(struct pinleak *leak);
/**
 * pinleak_end() - look after it, for a while if there is an excess
 * @own: pages that our calls have pinned meanwhile
 * Return: how many pages are pinned for good, 0 also when it cannot be told.
 */
uint64_t pinleak_end(const struct pinleak *leak, uint64_t own);

/* The rule behind it, for two looks. */
uint64_t pinleak_excess(const struct pincount *before,
			const struct pincount *after, uint64_t own);

#endif
