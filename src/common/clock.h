/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time: one monotonic clock in nanoseconds, and wall time as RFC 3339. */
#ifndef PIN_CLOCK_H
#define PIN_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_NS_PER_SEC 1000000000ULL
#define CLOCK_NS_PER_MS 1000000ULL
#define CLOCK_NEVER UINT64_MAX

/* CLOCK_MONOTONIC [ns]. */
uint64_t clock_now_ns(void);
/* Now + @ns, CLOCK_NEVER when that does not fit. */
uint64_t clock_deadline_ns(uint64_t ns);
/**
 * clock_left_ms() - how long until a deadline, for poll(2)
 * Return: [ms], rounded up so that whoever waits that long is past it; 0 when
 * it has passed; -1 for CLOCK_NEVER; INT_MAX for all that is longer.
 */
int clock_left_ms(uint64_t deadline_ns);
/* Sleep [ns]; for helpers and clients, never in the way of a request. */
void clock_sleep_ns(uint64_t ns);

enum { CLOCK_RFC3339_SIZE = 40 };
/* Wall time as 2026-11-23T04:26:00.123456Z into @buf. */
void clock_rfc3339(char buf[CLOCK_RFC3339_SIZE]);

#endif
