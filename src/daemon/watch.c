/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches, in a list under one lock. There are few of them, one for each
 * connection that audits, and none most of the time.
 *
 * A change is noted before it is made, and a look begins by forgetting what was
 * noted. So a change whose note is older than a look was either made before that
 * look's end, or shows in the bytes of the next one.
 */
#include "daemon/watch.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/mutex.h"

struct watch_set {
	atomic_uint count;	/* of watches; changed under the lock */
	struct mutex lock;
	struct list watches GUARDED_BY(lock);
};

int watch_set_create(struct watch_set **set_ret)
{
	struct watch_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	mutex_init(&set->lock);
	list_init(&set->watches);
	*set_ret = set;
	return 0;
}

void watch_set_destroy(struct watch_set *set)
{
	if (!set)
		return;
	assert(list_empty(&set->watches));
	mutex_deinit(&set->lock);
	free(set);
}

void watch_begin(struct watch_set *set, struct watch *watch,
		 uint64_t deadline_ns)
{
	watch->deadline_ns = deadline_ns;
	mutex_lock(&set->lock);
	list_append(&set->watches, &watch->node);
	atomic_fetch_add(&set->count, 1);
	mutex_unlock(&set->lock);
}

static void remove_locked(struct watch_set *set, struct watch *watch)
	REQUIRES(set->lock);
static void remove_locked(struct watch_set *set, struct watch *watch)
{
	list_remove(&watch->node);
	atomic_fetch_sub(&set->count, 1);
}

void watch_end(struct watch_set *set, struct watch *watch)
{
	mutex_lock(&set->lock);
	if (!watch->expired)
		remove_locked(set, watch);
	watch->expired = true;
	mutex_unlock(&set->lock);
	free(watch->suspects);
	watch->suspects = NULL;
	watch->count = 0;
}

static bool has_expired_locked(struct watch_set *set, struct watch *watch)
	REQUIRES(set->lock);
static bool has_expired_locked(struct watch_set *set, struct watch *watch)
{
	if (!watch->expired && clock_now_ns() > watch->deadline_ns) {
		remove_locked(set, watch);
		watch->expired = true;
	}
	return watch->expired;
}

bool watch_extend(struct watch_set *set, struct watch *watch,
		  uint64_t deadline_ns)
{
	bool on;

	mutex_lock(&set->lock);
	on = !has_expired_locked(set, watch);
	watch->deadline_ns = deadline_ns;
	mutex_unlock(&set->lock);
	return on;
}

void watch_stretch(struct watch_set *set, struct watch *watch, uint64_t off,
		   uint64_t end)
{
	mutex_lock(&set->lock);
	watch->off = off;
	watch->end = end;
	watch->touched = false;
	mutex_unlock(&set->lock);
}

/* Room grows by powers of two: when the number is one, it is full. */
static bool make_room(struct watch *watch)
{
	size_t count = watch->count;
	struct watch_suspect *more;

	if (count & (count - 1))
		return true;
	more = realloc(watch->suspects, (count ? count * 2 : 1) * sizeof(*more));
	if (!more)
		return false;
	watch->suspects = more;
	return true;
}

int watch_suspect(struct watch_set *set, struct watch *watch, uint64_t off,
		  const struct watch_look *look)
{
	int err = -ENOMEM;

	mutex_lock(&set->lock);
	if (make_room(watch)) {
		watch->suspects[watch->count++] = (struct watch_suspect){
			.off = off,
			.look = *look,
			.touched = watch->touched,
		};
		err = 0;
	}
	mutex_unlock(&set->lock);
	return err;
}

/*
 * What was touched before this look stays known to the judgement, by way of
 * "unchanged": the count starts anew.
 */
void watch_again(struct watch_set *set, struct watch *watch, size_t index)
{
	struct watch_suspect *suspect = &watch->suspects[index];

	mutex_lock(&set->lock);
	if (suspect->touched)
		suspect->look.len = 0;	/* equals no look at anything */
	suspect->touched = false;
	mutex_unlock(&set->lock);
}

static bool is_same_look(const struct watch_look *a, const struct watch_look *b)
{
	return a->len == b->len && a->cache == b->cache && a->store == b->store;
}

static enum watch_state judge_locked(struct watch_suspect *suspect,
				     const struct watch_look *look)
{
	if (!look->len)
		return WATCH_ABSENT;
	if (look->cache == look->store)
		return WATCH_SAME;
	if (suspect->touched || !is_same_look(&suspect->look, look))
		suspect->unchanged = 0;
	else
		suspect->unchanged++;
	suspect->look = *look;
	return suspect->unchanged < WATCH_CONFIRMATIONS ? WATCH_PENDING :
							  WATCH_LOST;
}

enum watch_state watch_judge(struct watch_set *set, struct watch *watch,
			     size_t index, const struct watch_look *look)
{
	struct watch_suspect *suspect = &watch->suspects[index];
	enum watch_state state;

	mutex_lock(&set->lock);
	suspect->state = judge_locked(suspect, look);
	state = suspect->state;
	mutex_unlock(&set->lock);
	return state;
}

/* ---- changes ---- */

static void note(struct watch *watch, uint64_t off, uint64_t end)
{
	if (off < watch->end && watch->off < end)
		watch->touched = true;
	for (size_t i = 0; i < watch->count; i++) {
		struct watch_suspect *suspect = &watch->suspects[i];

		if (off < suspect->off + DIGEST_BLOCK && suspect->off < end)
			suspect->touched = true;
	}
}

/*
 * The count without the lock: a change that does not see a watch begin is
 * noted nowhere, and is older than the watch's first look (see above).
 */
void watch_note(struct watch_set *set, uint64_t generation, uint64_t off,
		uint64_t end)
{
	if (!atomic_load(&set->count))
		return;
	mutex_lock(&set->lock);
	list_for_each_safe(node, &set->watches) {
		struct watch *watch = list_entry(node, struct watch, node);

		if (!has_expired_locked(set, watch) &&
		    watch->generation == generation)
			note(watch, off, end);
	}
	mutex_unlock(&set->lock);
}
