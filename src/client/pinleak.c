/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the rules by which pins are said to be ours, and those that stay to be a
 * leak.
 *
 * When as many pages were pinned on the whole machine as our calls pin, nobody
 * else pinned any: what has not been released of them is ours. When more were,
 * somebody else was at work, and nothing can be told. (Releases of pins from
 * before the first look can hide a leak, never make one up.)
 */
#include "client/pinleak.h"

#include "common/clock.h"

#define LONGEST_NS (2 * CLOCK_NS_PER_SEC)	/* unpinning may be deferred */
#define LOOK_NS (10 * CLOCK_NS_PER_MS)

uint64_t pinleak_excess(const struct pincount *before,
			const struct pincount *after, uint64_t own)
{
	uint64_t acquired = after->acquired - before->acquired;
	uint64_t released = after->released - before->released;

	return acquired == own && released < acquired ? acquired - released : 0;
}

/*
 * What others have pinned for a moment only is in what was taken, but not in
 * what is held: then the one number that can be expected may be believed, and
 * no other.
 */
long pinleak_held(const struct pincount *before, const struct pincount *now,
		  const struct pinleak_own *own)
{
	uint64_t taken = now->acquired - before->acquired;
	uint64_t held = taken - (now->released - before->released);

	if (taken <= own->taken && held <= own->held)
		return (long)held;
	return held == own->pages ? (long)held : -1;
}

void pinleak_begin(struct pinleak *leak)
{
	leak->counted = pincount_read(&leak->before) == 0;
}

uint64_t pinleak_end(const struct pinleak *leak, uint64_t own)
{
	uint64_t end_ns = clock_deadline_ns(LONGEST_NS);
	struct pincount now;
	uint64_t excess;

	if (!leak->counted)
		return 0;
	for (;;) {
		if (pincount_read(&now))
			return 0;
		excess = pinleak_excess(&leak->before, &now, own);
		if (!excess || clock_now_ns() >= end_ns)
			return excess;
		clock_sleep_ns(LOOK_NS);
	}
}
