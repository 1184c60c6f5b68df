/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Busy ranges: who waits for whom, and that nobody overtakes. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/clock.h"
#include "daemon/range.h"

static struct range_list list;

static int set_up(UNUSED void **context)
{
	range_list_init(&list);
	return 0;
}

static int tear_down(UNUSED void **context)
{
	range_list_deinit(&list);
	return 0;
}

/* ---- one who asks in a thread of its own ---- */

struct asker {
	pthread_t thread;
	uint64_t from;
	uint64_t to;
	bool shared;
	struct range range;
	atomic_bool owns;
	atomic_bool leave;
};

static void *ask(void *context)
{
	struct asker *asker = context;

	range_own(&list, &asker->range, asker->from, asker->to, asker->shared);
	atomic_store(&asker->owns, true);
	while (!atomic_load(&asker->leave))
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
	range_disown(&list, &asker->range);
	return NULL;
}

static size_t entries(void)
{
	size_t count = 0;

	mutex_lock(&list.lock);
	for (struct list *pos = list.entries.next; pos != &list.entries;
	     pos = pos->next)
		count++;
	mutex_unlock(&list.lock);
	return count;
}

/* Returns when it is in the list. */
static void start(struct asker *asker, uint64_t from, uint64_t to, bool shared)
{
	size_t before = entries();

	*asker = (struct asker){ .from = from, .to = to, .shared = shared };
	assert_int_equal(pthread_create(&asker->thread, NULL, ask, asker), 0);
	while (entries() == before)
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
}

static void wait_owns(struct asker *asker)
{
	while (!atomic_load(&asker->owns))
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
}

static void leave(struct asker *asker)
{
	atomic_store(&asker->leave, true);
	pthread_join(asker->thread, NULL);
}

/* Time for somebody to go on who must not; in vain. */
static void settle(void)
{
	clock_sleep_ns(20 * CLOCK_NS_PER_MS);
}

/* ---- cases ---- */

/* Ranges that touch do not meet. */
static void apart_is_apart(UNUSED void **context)
{
	struct range ranges[3];

	range_own(&list, &ranges[0], 0, 10, false);
	range_own(&list, &ranges[1], 10, 11, false);
	range_own(&list, &ranges[2], 11, UINT64_MAX, false);
	for (int i = 0; i < 3; i++)
		range_disown(&list, &ranges[i]);
}

/* Shared ones meet, and an exclusive one meets nobody. */
static void shared_with_shared_only(UNUSED void **context)
{
	struct range first;
	struct range second;
	struct asker writer;

	range_own(&list, &first, 0, 10, true);
	range_own(&list, &second, 5, 15, true);
	start(&writer, 9, 10, false);
	settle();
	assert_false(atomic_load(&writer.owns));
	range_disown(&list, &second);
	settle();
	assert_false(atomic_load(&writer.owns));
	range_disown(&list, &first);
	wait_owns(&writer);
	leave(&writer);
}

/* One block in common is enough, at either end, and to infinity. */
static void one_block_is_enough(UNUSED void **context)
{
	static const uint64_t others[][2] = {
		{ 0, 11 }, { 19, 30 }, { 12, 13 }, { 0, UINT64_MAX },
		{ 10, 20 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct range range;
		struct asker asker;

		range_own(&list, &range, 10, 20, false);
		start(&asker, others[i][0], others[i][1], i % 2);
		settle();
		assert_false(atomic_load(&asker.owns));
		range_disown(&list, &range);
		wait_owns(&asker);
		leave(&asker);
	}
}

/* A reader does not overtake a writer that waits for another reader. */
static void who_came_first_goes_first(UNUSED void **context)
{
	struct range reading;
	struct asker writer;
	struct asker reader;

	range_own(&list, &reading, 0, 10, true);
	start(&writer, 0, 10, false);
	start(&reader, 5, 6, true);
	settle();
	assert_false(atomic_load(&writer.owns));
	assert_false(atomic_load(&reader.owns));
	range_disown(&list, &reading);
	wait_owns(&writer);
	settle();
	assert_false(atomic_load(&reader.owns));
	leave(&writer);
	wait_owns(&reader);
	leave(&reader);
}

/* ---- many at once ---- */

enum { BLOCKS = 16, THREADS = 8, ROUNDS = 4000 };

static uint64_t words[BLOCKS];	/* plain: the sanitizer looks, too */
static atomic_uint_fast64_t expected[BLOCKS];
static atomic_uint_fast64_t moved;	/* seen while it was read */

static void change(uint64_t from, uint64_t to)
{
	for (uint64_t at = from; at < to; at++) {
		words[at]++;
		atomic_fetch_add(&expected[at], 1);
	}
}

static void look(uint64_t from, uint64_t to)
{
	for (uint64_t at = from; at < to; at++)
		if (words[at] != atomic_load(&expected[at]))
			atomic_fetch_add(&moved, 1);
}

static void *work(void *context)
{
	unsigned int seed = (unsigned int)(uintptr_t)context;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t from = (uint64_t)rand_r(&seed) % BLOCKS;
		uint64_t to = from + 1 +
			      (uint64_t)rand_r(&seed) % (BLOCKS - from);
		bool shared = rand_r(&seed) % 2;
		struct range range;

		range_own(&list, &range, from, to, shared);
		if (shared)
			look(from, to);
		else
			change(from, to);
		range_disown(&list, &range);
	}
	return NULL;
}

/* Nobody changes what another one owns, and no change is lost. */
static void exclusive_is_exclusive(UNUSED void **context)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work,
						(void *)(i + 1)), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(entries(), 0);
	assert_int_equal(moved, 0);
	for (size_t i = 0; i < BLOCKS; i++)
		assert_int_equal(words[i], expected[i]);
}

#define RANGE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RANGE_TEST(apart_is_apart),
		RANGE_TEST(shared_with_shared_only),
		RANGE_TEST(one_block_is_enough),
		RANGE_TEST(who_came_first_goes_first),
		RANGE_TEST(exclusive_is_exclusive),
	};

	return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
