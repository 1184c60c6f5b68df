/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the kernel's count of pins is a scenario's, and did it leave pages
 * pinned? The counters are machine-wide and others pin too, so nothing is said
 * that they may have done.
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

/* What is to be expected of pages that a call has pinned and still holds. */
struct pinleak_own {
	uint64_t pages;		/* each of them is pinned once by most calls */
	uint64_t held;		/* pins at most, while it holds them */
	uint64_t taken;		/* the same with those that it has dropped */
};

/**
 * pinleak_held() - how many pages does a call of ours have pinned?
 * @before: looked at before the call
 * @now:    and while it holds them
 * Return: -1: others were at work as well, and it cannot be told.
 */
long pinleak_held(const struct pincount *before, const struct pincount *now,
		  const struct pinleak_own *own);

/* The rule behind it, for two looks. */
uint64_t pinleak_excess(const struct pincount *before,
			const struct pincount *after, uint64_t own);

#endif
