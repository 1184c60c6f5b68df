/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads for started steps. The first few are made before any step runs: to
 * make a thread takes mmap(2), which on older kernels waits for a thread of the
 * same process that sleeps in a page fault (see steps.c). A thread that has
 * done its step waits for the next; one that never comes back is not missed.
 */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "client/steps-call.h"

enum {
	FIRST_THREADS = 4,
	STACK_BYTES = 256 << 10,
};

struct worker {
	struct list node;		/* in pool->workers */
	struct steps_pool *pool;
	pthread_t thread;
	struct steps_call *call;	/* NULL: idle. GUARDED_BY(pool->lock) */
};

struct steps_pool {
	struct mutex lock;
	struct cond work;		/* some worker has a call, or the end */
	struct list workers;		/* the main thread's */
	bool ending GUARDED_BY(lock);
};

/* The next call, NULL at the end. */
static struct steps_call *next_call(struct worker *worker)
{
	struct steps_pool *pool = worker->pool;
	struct steps_call *call;

	mutex_lock(&pool->lock);
	while (!worker->call && !pool->ending)
		mutex_cond_wait(&pool->work, &pool->lock);
	call = worker->call;
	mutex_unlock(&pool->lock);
	return call;
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct steps_call *call;

	while ((call = next_call(worker))) {
		/* The answer cannot be written: the main thread sees it too. */
		(void)!steps_run(call);
		steps_call_destroy(call);
		mutex_lock(&worker->pool->lock);
		worker->call = NULL;
		mutex_unlock(&worker->pool->lock);
	}
	return NULL;
}

static int start_thread(struct worker *worker)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, MAX((size_t)STACK_BYTES,
					     (size_t)PTHREAD_STACK_MIN));
	err = -pthread_create(&worker->thread, &attr, worker_main, worker);
	pthread_attr_destroy(&attr);
	return err;
}

static int add_worker(struct steps_pool *pool, struct steps_call *call)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int err;

	if (!worker)
		return -ENOMEM;
	worker->pool = pool;
	worker->call = call;
	err = start_thread(worker);
	if (err) {
		free(worker);
		return err;
	}
	list_append(&pool->workers, &worker->node);
	return 0;
}

int steps_pool_create(struct steps_pool **pool_ret)
{
	struct steps_pool *pool = calloc(1, sizeof(*pool));
	int err = 0;

	if (!pool)
		return -ENOMEM;
	mutex_init(&pool->lock);
	mutex_cond_init(&pool->work);
	list_init(&pool->workers);
	for (int i = 0; !err && i < FIRST_THREADS; i++)
		err = add_worker(pool, NULL);
	if (err) {
		steps_pool_destroy(pool);
		return err;
	}
	*pool_ret = pool;
	return 0;
}

void steps_pool_destroy(struct steps_pool *pool)
{
	if (!pool)
		return;
	mutex_lock(&pool->lock);
	pool->ending = true;
	mutex_cond_broadcast(&pool->work);
	mutex_unlock(&pool->lock);
	list_for_each_safe(node, &pool->workers) {
		struct worker *worker = list_entry(node, struct worker, node);

		pthread_join(worker->thread, NULL);
		free(worker);
	}
	mutex_cond_deinit(&pool->work);
	mutex_deinit(&pool->lock);
	free(pool);
}

/* Give @call to an idle worker, if there is one. */
static bool hand_over(struct steps_pool *pool, struct steps_call *call)
{
	bool done = false;

	mutex_lock(&pool->lock);
	list_for_each(node, &pool->workers) {
		struct worker *worker = list_entry(node, struct worker, node);

		if (worker->call)
			continue;
		worker->call = call;
		mutex_cond_broadcast(&pool->work);
		done = true;
		break;
	}
	mutex_unlock(&pool->lock);
	return done;
}

int steps_pool_run(struct steps_pool *pool, struct steps_call *call)
{
	return hand_over(pool, call) ? 0 : add_worker(pool, call);
}
