/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exclusion, signals and deadlines; run under ThreadSanitizer as well. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mutex.h"

enum {
	THREADS = 4,
	ROUNDS = 20000,
	ITEMS = 2000,
};

static struct mutex static_lock = MUTEX_INIT;

struct shared {
	struct mutex lock;
	struct cond changed;
	uint64_t counter GUARDED_BY(lock);
	unsigned int waiting GUARDED_BY(lock);
	unsigned int woken GUARDED_BY(lock);
	bool go GUARDED_BY(lock);
};

static void shared_init(struct shared *shared)
{
	memset(shared, 0, sizeof(*shared));
	mutex_init(&shared->lock);
	mutex_cond_init(&shared->changed);
}

static void shared_deinit(struct shared *shared)
{
	mutex_cond_deinit(&shared->changed);
	mutex_deinit(&shared->lock);
}

static void start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	assert_int_equal(pthread_create(thread, NULL, run, arg), 0);
}

static void join(pthread_t thread)
{
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *count(void *arg)
{
	struct shared *shared = arg;

	for (int i = 0; i < ROUNDS; i++) {
		mutex_lock(&shared->lock);
		/* Apart, so that a lock that does not lock loses some. */
		uint64_t seen = *(volatile uint64_t *)&shared->counter;

		if (i % 64 == 0)
			sched_yield();
		shared->counter = seen + 1;
		mutex_unlock(&shared->lock);
	}
	return NULL;
}

static void excludes(void **state UNUSED)
{
	struct shared shared;
	pthread_t threads[THREADS];

	shared_init(&shared);
	for (size_t i = 0; i < THREADS; i++)
		start(&threads[i], count, &shared);
	for (size_t i = 0; i < THREADS; i++)
		join(threads[i]);
	assert_int_equal(shared.counter, THREADS * ROUNDS);
	shared_deinit(&shared);
}

static void static_initialiser(void **state UNUSED)
{
	for (int i = 0; i < 2; i++) {
		mutex_lock(&static_lock);
		mutex_unlock(&static_lock);
	}
	assert_int_equal(pthread_mutex_trylock(&static_lock.m), 0);
	assert_int_not_equal(pthread_mutex_trylock(&static_lock.m), 0);
	assert_int_equal(pthread_mutex_unlock(&static_lock.m), 0);
}

/* counter is a slot with room for one: 0 is empty. */
static void *produce(void *arg)
{
	struct shared *shared = arg;

	for (uint64_t item = 1; item <= ITEMS; item++) {
		mutex_lock(&shared->lock);
		while (shared->counter)
			mutex_cond_wait(&shared->changed, &shared->lock);
		shared->counter = item;
		mutex_cond_signal(&shared->changed);
		mutex_unlock(&shared->lock);
	}
	return NULL;
}

static void signals_arrive(void **state UNUSED)
{
	struct shared shared;
	pthread_t producer;
	uint64_t next = 1;

	shared_init(&shared);
	start(&producer, produce, &shared);
	for (; next <= ITEMS; next++) {
		mutex_lock(&shared.lock);
		while (!shared.counter)
			assert_true(mutex_cond_wait_until(&shared.changed,
							  &shared.lock,
							  UINT64_MAX));
		uint64_t got = shared.counter;

		shared.counter = 0;
		mutex_cond_signal(&shared.changed);
		mutex_unlock(&shared.lock);
		assert_int_equal(got, next);
	}
	join(producer);
	shared_deinit(&shared);
}

static void *wait_for_go(void *arg)
{
	struct shared *shared = arg;

	mutex_lock(&shared->lock);
	shared->waiting++;
	mutex_cond_signal(&shared->changed);
	while (!shared->go)
		mutex_cond_wait(&shared->changed, &shared->lock);
	shared->woken++;
	mutex_unlock(&shared->lock);
	return NULL;
}

static void broadcast_wakes_all(void **state UNUSED)
{
	struct shared shared;
	pthread_t threads[THREADS];

	shared_init(&shared);
	for (size_t i = 0; i < THREADS; i++)
		start(&threads[i], wait_for_go, &shared);

	bool all = false;

	/* With a deadline, because a waiter may take another's signal. */
	while (!all) {
		mutex_lock(&shared.lock);
		mutex_cond_wait_until(&shared.changed, &shared.lock,
				      clock_deadline_ns(CLOCK_NS_PER_MS));
		all = shared.waiting == THREADS;
		mutex_unlock(&shared.lock);
	}
	mutex_lock(&shared.lock);
	shared.go = true;
	mutex_cond_broadcast(&shared.changed);
	mutex_unlock(&shared.lock);
	for (size_t i = 0; i < THREADS; i++)
		join(threads[i]);
	assert_int_equal(shared.woken, THREADS);
	shared_deinit(&shared);
}

/* Nobody signals: the wait ends at its deadline, neither before nor never. */
static void deadlines_end_waits(void **state UNUSED)
{
	static const struct {
		bool past;
		uint64_t ns;	/* from now, or before */
	} rows[] = {
		{ false, 20 * CLOCK_NS_PER_MS },
		{ false, 1 },		/* passes while the call begins */
		{ true, 0 },		/* now */
		{ true, CLOCK_NS_PER_SEC },	/* past */
	};
	struct shared shared;

	shared_init(&shared);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t now_ns = clock_now_ns();
		uint64_t deadline_ns = rows[i].past ?
			now_ns - rows[i].ns : now_ns + rows[i].ns;
		bool signalled = true;

		mutex_lock(&shared.lock);
		while (signalled)	/* again when spurious */
			signalled = mutex_cond_wait_until(&shared.changed,
							  &shared.lock,
							  deadline_ns);
		mutex_unlock(&shared.lock);
		assert_true(clock_now_ns() >= deadline_ns);
		assert_true(clock_now_ns() < now_ns + 20 * CLOCK_NS_PER_SEC);
	}
	shared_deinit(&shared);
}

static void *signal_later(void *arg)
{
	struct shared *shared = arg;

	mutex_lock(&shared->lock);
	shared->go = true;
	mutex_cond_signal(&shared->changed);
	mutex_unlock(&shared->lock);
	return NULL;
}

static void signal_before_the_deadline(void **state UNUSED)
{
	uint64_t far_ns = clock_deadline_ns(3600 * CLOCK_NS_PER_SEC);
	struct shared shared;
	pthread_t thread;
	bool in_time = true;

	shared_init(&shared);
	mutex_lock(&shared.lock);
	start(&thread, signal_later, &shared);
	while (!shared.go)
		in_time &= mutex_cond_wait_until(&shared.changed, &shared.lock,
						 far_ns);
	mutex_unlock(&shared.lock);
	join(thread);
	assert_true(in_time);
	shared_deinit(&shared);
}

/* Destroying a lock that is held ends the program, always. */
static void misuse_is_asserted(void **state UNUSED)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct mutex lock;

		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);	/* assert() speaks there */
		mutex_init(&lock);
		assert_int_equal(pthread_mutex_trylock(&lock.m), 0);
		mutex_deinit(&lock);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(excludes),
		cmocka_unit_test(static_initialiser),
		cmocka_unit_test(signals_arrive),
		cmocka_unit_test(broadcast_wakes_all),
		cmocka_unit_test(deadlines_end_waits),
		cmocka_unit_test(signal_before_the_deadline),
		cmocka_unit_test(misuse_is_asserted),
	};

	return cmocka_run_group_tests_name("mutex", tests, NULL, NULL);
}
