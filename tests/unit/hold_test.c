/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The deadline queue: order, counts, deadlines and shutdown, from several
 * threads at once. Run under TSan it also shows that no hold is touched twice.
 */
#include "hold-bench.h"

static size_t start_release(uint64_t gate_id)
{
	struct hold_choice all = { .gate_id = gate_id, .n = SIZE_MAX };

	return hold_release_chosen_start(queue, &all);
}

static void wait_for(uint64_t gate_id, size_t n)
{
	size_t held;

	assert_int_equal(hold_wait(queue, gate_id, n,
				   clock_deadline_ns(20 * CLOCK_NS_PER_SEC),
				   &held), 0);
	assert_true(held >= n);
}

/* Until @n have been resumed; the deadline of a hold may do it. */
static void wait_resumed(uint64_t n)
{
	uint64_t deadline_ns = clock_deadline_ns(20 * CLOCK_NS_PER_SEC);

	while (atomic_load(&resumed) < n) {
		assert_true(clock_now_ns() < deadline_ns);
		clock_sleep_ns(MS / 5);
	}
}

/*
 * The releaser now sleeps, and only a signal wakes it: hold_release() returns
 * with the lock, which the releaser gives up only to sleep.
 */
static void let_releaser_sleep(void)
{
	struct item item = { .parks = 0 };

	park(&item, 99, LATER);
	assert_int_equal(hold_release(queue, 99, 1), 1);
	atomic_store(&resumed, 0);
}

static void released_oldest_first(UNUSED void **state)
{
	static struct item items[10];

	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		park(&items[i], 1, LATER);
		assert_int_equal(items[i].hold.id, i + 1);
	}
	assert_int_equal(hold_count(queue, 1), 10);
	assert_int_equal(hold_release(queue, 1, 3), 3);
	assert_int_equal(atomic_load(&resumed), 3);
	assert_int_equal(hold_release(queue, 1, 0), 0);
	assert_int_equal(hold_release(queue, 1, SIZE_MAX), 7);
	assert_int_equal(hold_release(queue, 1, SIZE_MAX), 0);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		assert_int_equal(items[i].resumed, 1);
		assert_int_equal(items[i].number, i);
		assert_false(items[i].expired);
	}
}

static void gates_are_apart(UNUSED void **state)
{
	static struct item items[6];
	size_t held;

	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		park(&items[i], i % 3, LATER);	/* 0 is the window */
	assert_int_equal(hold_count(queue, 1), 2);
	assert_int_equal(hold_count(queue, 2), 2);
	assert_int_equal(hold_count(queue, 3), 0);
	assert_int_equal(hold_count(queue, 0), 4);
	assert_int_equal(hold_wait(queue, 0, 5, clock_now_ns(), &held),
			 -ETIMEDOUT);
	assert_int_equal(held, 4);
	assert_int_equal(hold_wait(queue, 0, 4, 0, &held), 0);
	assert_int_equal(held, 4);

	assert_int_equal(hold_release(queue, 2, SIZE_MAX), 2);
	assert_int_equal(items[2].resumed + items[5].resumed, 2);
	assert_int_equal(hold_release(queue, 0, SIZE_MAX), 2);
	assert_int_equal(items[1].resumed + items[4].resumed, 2);
	assert_int_equal(items[0].resumed + items[3].resumed, 0);
}

static bool note_gate(const struct hold *hold, void *context)
{
	uint64_t **next = context;

	*(*next)++ = hold->gate_id;
	return hold->gate_id != 4;
}

static void looked_at_oldest_first(UNUSED void **state)
{
	static struct item items[5];
	static const uint64_t gates[] = { 7, 0, 5, 4, 6 };
	uint64_t seen[ARRAY_SIZE(items)];
	uint64_t *next = seen;

	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		park(&items[i], gates[i], LATER);
	hold_each(queue, note_gate, &next);
	assert_int_equal(next - seen, 4);
	assert_memory_equal(seen, gates, 4 * sizeof(gates[0]));
}

/* By their deadlines, whatever the order of parking; nothing else happens. */
static void deadlines_end_holds(UNUSED void **state)
{
	static struct item items[4];
	static const unsigned int after_ms[] = { 60, 20, 40, 20 };
	static const uint64_t order[] = { 3, 0, 2, 1 };
	uint64_t start_ns;

	let_releaser_sleep();
	start_ns = clock_now_ns();
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		park(&items[i], 1, start_ns + after_ms[i] * MS);
	wait_resumed(ARRAY_SIZE(items));
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		assert_true(items[i].expired);
		assert_int_equal(items[i].number, order[i]);
		assert_true(items[i].at_ns >= start_ns + after_ms[i] * MS);
	}
	assert_int_equal(hold_count(queue, 1), 0);
}

/* A window's hold ends in time with long ones of a gate before it. */
static void windows_pass_long_holds(UNUSED void **state)
{
	static struct item gated[100];
	static struct item window;

	for (size_t i = 0; i < ARRAY_SIZE(gated); i++)
		park(&gated[i], 1, LATER);
	let_releaser_sleep();
	park(&window, HOLD_GATE_WINDOW, clock_deadline_ns(5 * MS));
	wait_resumed(1);
	assert_int_equal(window.resumed, 1);
	assert_int_equal(hold_count(queue, 1), ARRAY_SIZE(gated));
}

static void an_expired_deadline_is_no_hold(UNUSED void **state)
{
	static struct item item;

	park(&item, 1, 0);
	wait_resumed(1);
	assert_true(item.expired);
}

static void resume_may_park_again(UNUSED void **state)
{
	static struct item item = { .parks = 3 };

	park(&item, 1, LATER);
	for (unsigned int i = 1; i <= 4; i++) {
		assert_int_equal(hold_release(queue, 1, SIZE_MAX), 1);
		assert_int_equal(atomic_load(&resumed), i);
	}
	assert_int_equal(hold_count(queue, 1), 0);
}

/* One comes and one goes meanwhile: there are never two. */
static void waiters_count_what_goes(UNUSED void **state)
{
	static struct item goes;
	static struct item comes = { .parks = 1, .again_gate = 1 };
	size_t held;

	park(&goes, 1, clock_deadline_ns(10 * MS));
	park(&comes, 2, clock_deadline_ns(20 * MS));
	assert_int_equal(hold_wait(queue, 1, 2, clock_deadline_ns(60 * MS),
				   &held), -ETIMEDOUT);
	assert_int_equal(held, 1);
}

/* The second one goes at once, most likely before the waiter has woken. */
static void what_was_reached_counts(UNUSED void **state)
{
	static struct item stays;
	static struct item passes = { .parks = 1, .again_gate = 1,
				      .again_ns = 1 };
	size_t held;

	park(&stays, 1, LATER);
	park(&passes, 2, clock_deadline_ns(10 * MS));
	assert_int_equal(hold_wait(queue, 1, 2, clock_deadline_ns(2000 * MS),
				   &held), 0);
	assert_int_equal(held, 2);
}

static void starting_does_not_wait(UNUSED void **state)
{
	static struct item items[3];

	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		park(&items[i], i + 1, LATER);
	mutex_lock(&stall);
	assert_int_equal(start_release(1), 1);
	assert_int_equal(start_release(2), 1);
	assert_int_equal(hold_count(queue, 0), 1);
	assert_int_equal(atomic_load(&resumed), 0);
	mutex_unlock(&stall);
	assert_int_equal(hold_release(queue, 3, 1), 1);
	assert_int_equal(atomic_load(&resumed), 3);
}

static void *shut_down_soon(UNUSED void *arg)
{
	clock_sleep_ns(20 * MS);
	hold_queue_shutdown(queue);
	return NULL;
}

static void shutdown_lets_all_go(UNUSED void **state)
{
	static struct item before[3];
	static struct item after[2] = { { .parks = 2 } };
	pthread_t thread;
	size_t held;

	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		park(&before[i], i, LATER);
	assert_int_equal(pthread_create(&thread, NULL, shut_down_soon, NULL),
			 0);
	assert_int_equal(hold_wait(queue, 1, 2, LATER, &held), -ESHUTDOWN);
	pthread_join(thread, NULL);
	wait_resumed(3);

	/* What is parked now passes through, also when it comes again. */
	park(&after[0], 1, LATER);
	park(&after[1], 1, LATER);
	wait_resumed(3 + 3 + 1);
	assert_int_equal(hold_count(queue, 0), 0);
	assert_false(after[0].expired);
}

static void destroy_resumes_what_is_held(UNUSED void **state)
{
	static struct item items[5] = { { .parks = 1 } };
	struct hold_queue *first = queue;

	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		park(&items[i], i, LATER);
	hold_queue_destroy(first);
	assert_int_equal(atomic_load(&resumed), ARRAY_SIZE(items) + 1);
	hold_queue_destroy(NULL);
	assert_int_equal(hold_queue_create(&queue), 0);
}

/* ---- many ---- */

enum { MANY = 10000, THREADS = 4 };

static struct item many[MANY];

static void *park_many(void *arg)
{
	size_t first = (size_t)(uintptr_t)arg;

	for (size_t i = first; i < MANY; i += THREADS)
		park(&many[i], 1, LATER);
	return NULL;
}

static void *release_many(void *arg)
{
	atomic_size_t *released = arg;
	size_t n;

	do {
		n = hold_release(queue, 1, 7);
		atomic_fetch_add(released, n);
	} while (n);
	return NULL;
}

static void start_threads(pthread_t threads[THREADS], void *(*run)(void *),
			  void *arg, bool numbered)
{
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run,
						numbered ? (void *)i : arg), 0);
}

static void join_threads(pthread_t threads[THREADS])
{
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static int by_id(const void *a, const void *b)
{
	const struct item *x = a;
	const struct item *y = b;

	return x->hold.id < y->hold.id ? -1 : x->hold.id > y->hold.id;
}

static void many_from_several_threads(UNUSED void **state)
{
	pthread_t threads[THREADS];
	atomic_size_t released = 0;

	start_threads(threads, park_many, NULL, true);
	wait_for(1, MANY);
	join_threads(threads);
	assert_int_equal(hold_count(queue, 0), MANY);
	start_threads(threads, release_many, &released, false);
	join_threads(threads);
	assert_int_equal(released, MANY);
	assert_int_equal(atomic_load(&resumed), MANY);

	/* Each once, in the order of parking. */
	qsort(many, MANY, sizeof(many[0]), by_id);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(many[i].resumed, 1);
		assert_int_equal(many[i].number, i);
	}
}

/* Deadlines, releases and counts at the same time: each is resumed once. */
static void expiry_races_with_release(UNUSED void **state)
{
	static struct item items[2000];
	size_t released = 0;
	size_t expired = 0;

	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		park(&items[i], 1 + i % 2, clock_deadline_ns(i % 5 * MS));
		if (i % 10 == 0)
			released += hold_release(queue, 1 + i % 2, 2);
	}
	wait_resumed(ARRAY_SIZE(items));
	hold_release(queue, 0, SIZE_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		assert_int_equal(items[i].resumed, 1);
		expired += items[i].expired;
	}
	assert_int_equal(released + expired, ARRAY_SIZE(items));
}

int main(void)
{
#define QUEUE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		QUEUE_TEST(released_oldest_first),
		QUEUE_TEST(gates_are_apart),
		QUEUE_TEST(looked_at_oldest_first),
		QUEUE_TEST(deadlines_end_holds),
		QUEUE_TEST(windows_pass_long_holds),
		QUEUE_TEST(an_expired_deadline_is_no_hold),
		QUEUE_TEST(resume_may_park_again),
		QUEUE_TEST(waiters_count_what_goes),
		QUEUE_TEST(what_was_reached_counts),
		QUEUE_TEST(starting_does_not_wait),
		QUEUE_TEST(shutdown_lets_all_go),
		QUEUE_TEST(destroy_resumes_what_is_held),
		QUEUE_TEST(many_from_several_threads),
		QUEUE_TEST(expiry_races_with_release),
	};

	return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
