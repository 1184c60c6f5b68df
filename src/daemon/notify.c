/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the memory of what the daemon has stored into the page cache. */
#include "daemon/notify.h"

#include "common/clock.h"

void notify_init(struct notify *notify)
{
	mutex_init(&notify->lock);
}

void notify_deinit(struct notify *notify)
{
	mutex_deinit(&notify->lock);
}

uint64_t notify_begin(struct notify *notify, uint64_t generation, uint64_t off,
		      uint64_t len, uint8_t byte)
{
	uint64_t store;

	mutex_lock(&notify->lock);
	store = notify->count++;
	notify->stores[store % NOTIFY_KEPT] = (struct notify_store){
		.generation = generation, .off = off, .end = off + len,
		.done_ns = UINT64_MAX, .byte = byte,
	};
	mutex_unlock(&notify->lock);
	return store;
}

void notify_end(struct notify *notify, uint64_t store)
{
	mutex_lock(&notify->lock);
	if (notify->count - store <= NOTIFY_KEPT)
		notify->stores[store % NOTIFY_KEPT].done_ns = clock_now_ns();
	mutex_unlock(&notify->lock);
}

static bool all_are(const uint8_t *bytes, size_t len, uint8_t byte)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != byte)
			return false;
	return true;
}

bool notify_explains(struct notify *notify, uint64_t generation, uint64_t off,
		     const uint8_t *bytes, size_t len, uint64_t since_ns)
{
	bool found = false;

	mutex_lock(&notify->lock);
	for (size_t i = 0; i < MIN(notify->count, NOTIFY_KEPT) && !found; i++) {
		const struct notify_store *store = &notify->stores[i];

		found = store->generation == generation && store->off <= off &&
			store->end >= off + len &&
			store->done_ns >= since_ns &&
			all_are(bytes, len, store->byte);
	}
	mutex_unlock(&notify->lock);
	return found;
}
