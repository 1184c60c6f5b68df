/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutexes and conditions: thin wrappers that carry clang's annotations. The
 * bodies of lock and unlock are outside the analysis, because pthread's own
 * functions have no annotations.
 */
#include "common/mutex.h"

#include <errno.h>
#include <time.h>

#include "common/clock.h"

void mutex_init(struct mutex *lock)
{
	int err = pthread_mutex_init(&lock->m, NULL);

	assert(err == 0);
}

void mutex_deinit(struct mutex *lock)
{
	int err = pthread_mutex_destroy(&lock->m);

	assert(err == 0);
}

void mutex_lock(struct mutex *lock) NO_THREAD_SAFETY
{
	int err = pthread_mutex_lock(&lock->m);

	assert(err == 0);
}

void mutex_unlock(struct mutex *lock) NO_THREAD_SAFETY
{
	int err = pthread_mutex_unlock(&lock->m);

	assert(err == 0);
}

void mutex_cond_init(struct cond *cond)
{
	pthread_condattr_t attr;
	int err = pthread_condattr_init(&attr);

	assert(err == 0);
	err = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	assert(err == 0);
	err = pthread_cond_init(&cond->c, &attr);
	assert(err == 0);
	pthread_condattr_destroy(&attr);
}

void mutex_cond_deinit(struct cond *cond)
{
	int err = pthread_cond_destroy(&cond->c);

	assert(err == 0);
}

void mutex_cond_wait(struct cond *cond, struct mutex *lock)
{
	int err = pthread_cond_wait(&cond->c, &lock->m);

	assert(err == 0);
}

bool mutex_cond_wait_until(struct cond *cond, struct mutex *lock,
			   uint64_t deadline_ns)
{
	if (deadline_ns == CLOCK_NEVER) {
		mutex_cond_wait(cond, lock);
		return true;
	}

	struct timespec until = {
		.tv_sec = (time_t)(deadline_ns / CLOCK_NS_PER_SEC),
		.tv_nsec = (long)(deadline_ns % CLOCK_NS_PER_SEC),
	};
	int err = pthread_cond_timedwait(&cond->c, &lock->m, &until);

	assert(err == 0 || err == ETIMEDOUT);
	return err == 0;
}

void mutex_cond_signal(struct cond *cond)
{
	int err = pthread_cond_signal(&cond->c);

	assert(err == 0);
}

void mutex_cond_broadcast(struct cond *cond)
{
	int err = pthread_cond_broadcast(&cond->c);

	assert(err == 0);
}
