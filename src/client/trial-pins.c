/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the looks at the kernel's count of pins around a trial's call. */
#include "client/trial.h"

#include "common/clock.h"

/* Others that read memory have it pinned for a moment only. */
enum { LOOKS = 10, LOOK_NS = 100000 };

void trial_count_pins(struct trial *trial)
{
	trial->counted = pincount_read(&trial->before) == 0;
}

void trial_see_pins(struct trial *trial)
{
	struct pincount now;

	if (!trial->counted || !trial->held)
		return;
	for (int i = 0; i < LOOKS && trial->pins < 0; i++) {
		if (i)
			clock_sleep_ns(LOOK_NS);
		if (pincount_read(&now))
			return;
		trial->pins = pinleak_held(&trial->before, &now, &trial->own);
	}
}

void trial_await_unpinned(const struct trial *trial)
{
	uint64_t end_ns = clock_deadline_ns(trial->site->step_ns);
	struct pincount now;

	if (!trial->counted || !trial->held || trial->keeps)
		return;
	while (pincount_read(&now) == 0 &&
	       now.acquired - trial->before.acquired >
	       now.released - trial->before.released &&
	       clock_now_ns() < end_ns)
		clock_sleep_ns(LOOK_NS);
}
