/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reproducible chance: SplitMix64 (Steele, Lea, Flood: "Fast splittable
 * pseudorandom number generators", OOPSLA 2014). The same seed gives the same
 * numbers on every machine. Not for secrets.
 */
#ifndef PIN_RANDOM_H
#define PIN_RANDOM_H

#include <stdint.h>

#define RANDOM_STEP UINT64_C(0x9e3779b97f4a7c15)

/* The state of a seed after @n numbers. */
static inline uint64_t random_skip(uint64_t seed, uint64_t n)
{
	return seed + n * RANDOM_STEP;
}

/* The next number. @state: the seed at first, then as it was left. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += RANDOM_STEP;

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A number below @limit (1 or more); evenly enough for less than 2^32. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return (uint64_t)((unsigned __int128)random_next(state) * limit >> 64);
}

#endif
