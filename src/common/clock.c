/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two clocks: CLOCK_MONOTONIC for deadlines, wall time for people. */
#include "common/clock.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "common/compiler.h"

uint64_t clock_now_ns(void)
{
	struct timespec now;
	int err = clock_gettime(CLOCK_MONOTONIC, &now);

	assert(err == 0);
	return (uint64_t)now.tv_sec * CLOCK_NS_PER_SEC + (uint64_t)now.tv_nsec;
}

uint64_t clock_deadline_ns(uint64_t ns)
{
	uint64_t deadline_ns;

	if (__builtin_add_overflow(clock_now_ns(), ns, &deadline_ns))
		return CLOCK_NEVER;
	return deadline_ns;
}

int clock_left_ms(uint64_t deadline_ns)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t ms;

	if (deadline_ns == CLOCK_NEVER)
		return -1;
	if (now_ns >= deadline_ns)
		return 0;
	ms = (deadline_ns - now_ns - 1) / CLOCK_NS_PER_MS + 1;
	return (int)MIN(ms, (uint64_t)INT_MAX);
}

void clock_sleep_ns(uint64_t ns)
{
	/* An absolute end, so that signals do not lengthen the sleep. */
	uint64_t end_ns = clock_deadline_ns(ns);
	struct timespec end = {
		.tv_sec = (time_t)(end_ns / CLOCK_NS_PER_SEC),
		.tv_nsec = (long)(end_ns % CLOCK_NS_PER_SEC),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) ==
	       EINTR)
		;
}

void clock_rfc3339(char buf[CLOCK_RFC3339_SIZE])
{
	struct timespec now;
	struct tm utc;
	int err = clock_gettime(CLOCK_REALTIME, &now);

	assert(err == 0);
	gmtime_r(&now.tv_sec, &utc);

	size_t len = strftime(buf, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S",
			      &utc);

	snprintf(buf + len, CLOCK_RFC3339_SIZE - len, ".%06ldZ",
		 now.tv_nsec / 1000);
}
