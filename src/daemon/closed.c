/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring of the latest FLUSHes. */
#include "daemon/closed.h"

#include "common/clock.h"

void closed_init(struct closed *closed)
{
	closed->count = 0;
	mutex_init(&closed->lock);
}

void closed_deinit(struct closed *closed)
{
	mutex_deinit(&closed->lock);
}

void closed_note(struct closed *closed, uint64_t ino)
{
	mutex_lock(&closed->lock);
	closed->last[closed->count % CLOSED_KEPT].ino = ino;
	closed->last[closed->count % CLOSED_KEPT].time_ns = clock_now_ns();
	closed->count++;
	mutex_unlock(&closed->lock);
}

bool closed_since(struct closed *closed, uint64_t ino, uint64_t since_ns)
{
	bool found = false;
	uint64_t i;

	mutex_lock(&closed->lock);
	for (i = closed->count; i > 0 && !found; i--) {
		uint64_t slot = (i - 1) % CLOSED_KEPT;

		if (closed->last[slot].time_ns < since_ns)
			break;
		/* What was before the oldest one is not known. */
		found = closed->last[slot].ino == ino ||
			closed->count - i == CLOSED_KEPT - 1;
	}
	mutex_unlock(&closed->lock);
	return found;
}
