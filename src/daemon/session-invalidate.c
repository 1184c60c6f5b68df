/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Having the kernel drop a file's pages: FUSE_NOTIFY_INVAL_INODE.
 *
 * The write(2) of this message does not return before the pages are gone, and
 * for that the kernel waits for their writeback and writes dirty ones back, in
 * a sleep that no signal ends (mm/truncate.c: invalidate_inode_pages2_range(),
 * 6.18). It needs our answers, which may be held, or wait while receiving is
 * paused. So a thread of its own sleeps there, and whoever asks waits for that
 * thread, no longer than he likes. It ends with the connection at the latest, as
 * all writeback does.
 *
 * Should the daemon be killed meanwhile, that thread keeps the process, and its
 * /dev/fuse, from ending. The supervisor cures this when it sees its socket
 * closed; so the sleeper has a table of descriptors of its own, with nothing in
 * it but /dev/fuse. A second thread, with ours, waits for it and gives the file
 * back: that may close something.
 */
#include "daemon/session-internal.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <sched.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/fdio.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/settle.h"

#define LOOK_NS (20 * CLOCK_NS_PER_MS)	/* how often a wait looks */

enum { MAX_RUNNING = 16 };

struct invalidation {
	struct session *session;
	struct inode *inode;	/* counted */
	off_t off;
	off_t len;
	int err;		/* the kernel's, once it has ended */
	/* Protected by session->lock. */
	bool ended;
	bool left;		/* nobody waits: the thread frees it */
};

/* Sleeps in the kernel. */
static void *sleeper_main(void *arg)
{
	struct invalidation *work = arg;
	struct fuse_session *fuse = work->session->fuse;

	if (unshare(CLONE_FILES) == 0)
		fdio_close_from(0, fuse_session_fd(fuse));
	work->err = fuse_lowlevel_notify_inval_inode(
		fuse, inode_nodeid(work->inode), work->off, work->len);
	return NULL;
}

static void end(struct invalidation *work)
{
	struct session *session = work->session;
	bool left;

	mutex_lock(&session->lock);
	work->ended = true;
	left = work->left;
	session->invalidations--;
	mutex_cond_broadcast(&session->changed);
	mutex_unlock(&session->lock);
	if (left)
		free(work);
}

static void *keeper_main(void *arg)
{
	struct invalidation *work = arg;
	pthread_t sleeper;

	work->err = -pthread_create(&sleeper, NULL, sleeper_main, work);
	if (!work->err)
		pthread_join(sleeper, NULL);
	settle_forget(work->session->fs, work->inode, 1);
	end(work);
	return NULL;
}

/* Count it: session_join() waits for those that run. */
static int admit(struct session *session)
{
	int err = 0;

	mutex_lock(&session->lock);
	if (session_ended(session))
		err = -ENODEV;
	else if (session->invalidations >= MAX_RUNNING)
		err = -EBUSY;
	else
		session->invalidations++;
	mutex_unlock(&session->lock);
	return err;
}

/* Takes the inode's count over only when it returns 0. */
static int start(struct session *session, struct inode *inode, off_t off,
		 off_t len, struct invalidation **work_ret)
{
	struct invalidation *work = calloc(1, sizeof(*work));
	pthread_t keeper;
	int err = work ? admit(session) : -ENOMEM;

	if (err) {
		free(work);
		return err;
	}
	*work = (struct invalidation){ .session = session, .inode = inode,
				       .off = off, .len = len };
	err = -pthread_create(&keeper, NULL, keeper_main, work);
	if (err) {
		work->left = true;
		end(work);
		return err;
	}
	pthread_detach(keeper);
	*work_ret = work;
	return 0;
}

/* Until it has ended, the time is up or nobody wants to know. */
static int await(struct invalidation *work, uint64_t deadline_ns,
		 bool (*gone)(void *arg), void *arg)
{
	struct session *session = work->session;
	bool ended;
	int err = 0;

	mutex_lock(&session->lock);
	while (!work->ended && !err) {
		uint64_t look_ns = clock_deadline_ns(LOOK_NS);

		(void)mutex_cond_wait_until(&session->changed, &session->lock,
					    MIN(look_ns, deadline_ns));
		if (clock_now_ns() >= deadline_ns)
			err = -ETIMEDOUT;
		else if (gone(arg))
			err = -EPIPE;
	}
	ended = work->ended;
	work->left = !ended;
	mutex_unlock(&session->lock);
	if (!ended)
		return err;
	err = work->err;
	free(work);
	return err;
}

int session_invalidate(struct session *session, struct inode *inode, off_t off,
		       off_t len, uint64_t deadline_ns,
		       bool (*gone)(void *arg), void *arg)
{
	struct invalidation *work;
	int err;

	assert(!session_current());
	err = start(session, inode, off, len, &work);
	if (!err)
		return await(work, deadline_ns, gone, arg);
	settle_forget(session->fs, inode, 1);
	return err;
}
