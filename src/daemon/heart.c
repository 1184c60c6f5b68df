/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heart. A beat first takes, and leaves, the locks that every request needs:
 * those of the gates and of the hold queue. When they are in a deadlock there is
 * no beat. They are held for steps in memory only (fs.h), so a daemon that is
 * merely busy beats: with all workers in a slow fsync of SOURCE, paused, or with
 * ten thousand requests held.
 *
 * Nothing here touches the mount, SOURCE, the state directory or the event log,
 * or allocates memory.
 */
#include "daemon/heart.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/mutex.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/hold.h"
#include "daemon/supervisor.h"

enum { BEATS = 8 };	/* in the watchdog's time: some may be late */

struct heart {
	struct fs *fs;
	pthread_t thread;
	struct mutex lock;		/* outside of the gates' */
	struct cond stopping;
	bool stop GUARDED_BY(lock);
	bool locks GUARDED_BY(lock);	/* gates and holds are there */
};

static void beat_locked(struct heart *heart) REQUIRES(heart->lock);
static void beat_locked(struct heart *heart)
{
	struct fs *fs = heart->fs;

	if (heart->locks) {
		gate_count(fs->gates);
		hold_count(fs->holds, 0);
	}
	supervisor_beat(fs->supervisor);
}

static void *run_heart(void *arg)
{
	struct heart *heart = arg;
	uint64_t interval_ns = heart->fs->config->watchdog_ns / BEATS;

	mutex_lock(&heart->lock);
	while (!heart->stop) {
		uint64_t next_ns = clock_deadline_ns(interval_ns);

		beat_locked(heart);
		while (!heart->stop &&
		       mutex_cond_wait_until(&heart->stopping, &heart->lock,
					     next_ns))
			;
	}
	mutex_unlock(&heart->lock);
	return NULL;
}

static void heart_free(struct heart *heart)
{
	mutex_cond_deinit(&heart->stopping);
	mutex_deinit(&heart->lock);
	free(heart);
}

int heart_create(struct fs *fs, struct heart **heart_ret)
{
	struct heart *heart;
	int err;

	*heart_ret = NULL;
	if (!fs->config->watchdog_ns)
		return 0;
	heart = calloc(1, sizeof(*heart));
	if (!heart)
		return -ENOMEM;
	heart->fs = fs;
	heart->locks = true;
	mutex_init(&heart->lock);
	mutex_cond_init(&heart->stopping);
	supervisor_beat(fs->supervisor);
	err = -pthread_create(&heart->thread, NULL, run_heart, heart);
	if (err)
		heart_free(heart);
	else
		*heart_ret = heart;
	return err;
}

void heart_forget_locks(struct heart *heart)
{
	if (!heart)
		return;
	mutex_lock(&heart->lock);
	heart->locks = false;
	mutex_unlock(&heart->lock);
}

void heart_destroy(struct heart *heart)
{
	if (!heart)
		return;
	mutex_lock(&heart->lock);
	heart->stop = true;
	mutex_cond_signal(&heart->stopping);
	mutex_unlock(&heart->lock);
	pthread_join(heart->thread, NULL);
	heart_free(heart);
}
