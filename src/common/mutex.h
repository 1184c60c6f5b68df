/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pthread mutex and condition with annotations that clang checks
 * (-Wthread-safety). Failures of the pthread calls are programming errors and
 * are asserted. Conditions wait on CLOCK_MONOTONIC.
 */
#ifndef PIN_MUTEX_H
#define PIN_MUTEX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

struct CAPABILITY("mutex") mutex {
	pthread_mutex_t m;
};

struct cond {
	pthread_cond_t c;
};

#define MUTEX_INIT { PTHREAD_MUTEX_INITIALIZER }

void mutex_init(struct mutex *lock);
void mutex_deinit(struct mutex *lock);
void mutex_lock(struct mutex *lock) ACQUIRES(lock);
void mutex_unlock(struct mutex *lock) RELEASES(lock);

void mutex_cond_init(struct cond *cond);
void mutex_cond_deinit(struct cond *cond);
void mutex_cond_wait(struct cond *cond, struct mutex *lock) REQUIRES(lock);
/**
 * mutex_cond_wait_until() - wait for a signal or a point in time
 * @deadline_ns: CLOCK_MONOTONIC [ns]; UINT64_MAX waits for ever
 *
 * Return: false when the deadline passed, true otherwise (also spuriously).
 */
bool mutex_cond_wait_until(struct cond *cond, struct mutex *lock,
			   uint64_t deadline_ns) REQUIRES(lock);
void mutex_cond_signal(struct cond *cond);
void mutex_cond_broadcast(struct cond *cond);

#endif
