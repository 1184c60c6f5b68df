/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The receive loop and the two gates on the way of a request:
 *
 *   receive -> gate at=arrive -> dispatch (libfuse decodes, ops_* work)
 *           -> fuse_reply_*() -> send_reply() -> gate at=reply -> kernel
 *
 * in session.c, session-hold.c and session-fault.c (gates), session-reply.c.
 *
 * A worker never waits for a gate. A held request moves to the hold queue, and
 * the releaser thread goes on with it where the worker left off: with
 * session_perform() when it was held on arrival, with the bytes of its reply
 * (or, for a WRITE, with writeback.c's recheck) when it was held at its reply.
 *
 * libfuse hands every message to the kernel through session_send_reply()
 * (fuse_session_custom_io()), so that the gate at=reply sees the replies of all
 * operations without any operation knowing about gates.
 *
 * Pausing: a worker announces that it is about to receive, then looks whether
 * receiving is paused; session_pause() sets the flag, then looks at the
 * workers. Both in sequentially consistent order, so one of them sees the other.
 * expect.c rests on the same: what it counts is looked at after the announcement.
 */
#include "daemon/session-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/fs.h"
#include "daemon/mount.h"
#include "daemon/ops.h"

bool session_ended(const struct session *session)
{
	return atomic_load(&session->ended);
}

bool session_was_aborted(const struct session *session)
{
	return atomic_load(&session->aborted);
}

int session_ended_fd(const struct session *session)
{
	return session->ended_fd;
}

long session_unanswered(const struct session *session)
{
	return atomic_load(&session->unanswered);
}

void session_answered(struct session *session)
{
	atomic_fetch_sub_explicit(&session->unanswered, 1,
				  memory_order_relaxed);
}

int session_device_fd(const struct session *session)
{
	return fuse_session_fd(session->fuse);
}

bool session_is_live(const struct session *session)
{
	return session->live;
}

static void set_ended(struct session *session)
{
	uint64_t one = 1;

	if (atomic_exchange(&session->ended, true))
		return;
	if (write(session->ended_fd, &one, sizeof(one)) < 0)
		log_err("cannot wake the workers: %s", strerror(errno));
	mutex_lock(&session->lock);
	mutex_cond_broadcast(&session->changed);
	mutex_unlock(&session->lock);
}

/* libfuse wants one, and never calls it: the workers receive. */
static ssize_t no_read(UNUSED int fd, UNUSED void *buf, UNUSED size_t len,
		       UNUSED void *userdata)
{
	errno = EINVAL;
	return -1;
}

/* ---- receiving ---- */

static void note_initialised(struct session *session)
{
	mutex_lock(&session->lock);
	session->initialised = true;
	mutex_cond_broadcast(&session->changed);
	mutex_unlock(&session->lock);
}

void session_dispatch(struct request *request)
{
	struct fuse_in_header *header = (void *)request->bytes;
	struct fuse_buf buf = { .size = request->len, .mem = request->bytes };
	struct session *session = request->session;
	uint32_t opcode = request->opcode;

	/* libfuse 3.14 does not know it; body and reply are those of CREATE. */
	if (opcode == OPS_TMPFILE)
		header->opcode = FUSE_CREATE;
	session_process(session, opcode, &buf);
	if (opcode != FUSE_INIT)
		return;
	/* libfuse has refused it, and said why. */
	if (fuse_session_exited(session->fuse))
		set_ended(session);
	else
		note_initialised(session);
}

static void count_request(struct stats *stats, const struct request *request)
{
	stats_add(&stats->requests, 1);
	if (request->opcode == FUSE_READ)
		stats_add(&stats->reads, 1);
}

/*
 * Whoever syncs counts on what had been answered before: not on what is written
 * while a gate holds the FSYNC.
 */
static void note_sync(struct request *request)
{
	struct fs *fs = request->session->fs;

	if (request->opcode == FUSE_FSYNC)
		request->sync = record_sync_begin(
			fs, inode_from_nodeid(fs->inodes, request->nodeid));
}

/* One request, from its arrival until it is answered or held. */
static void handle_request(struct request *request)
{
	struct session *session = request->session;

	count_request(&session->fs->stats, request);
	if (request->opcode == FUSE_INTERRUPT)
		return session_interrupt(request);
	if (request_wants_reply(request->opcode))
		atomic_fetch_add_explicit(&session->unanswered, 1,
					  memory_order_relaxed);
	note_sync(request);
	if (!session_arrive(request))
		session_run(request, session_perform);
}

static void log_receive_error(int err)
{
	static struct log_limit limit = LOG_LIMIT(10, 3);
	unsigned int dropped;

	if (log_allowed(&limit, &dropped))
		log_err("a request could not be received: %s (%u more of these)",
			strerror(-err), dropped);
}

/* Park here while paused. Returns false when the connection has ended. */
static bool may_receive(struct worker *worker)
{
	struct session *session = worker->session;

	for (;;) {
		if (session_ended(session))
			return false;
		atomic_store(&worker->receiving, true);
		if (!atomic_load(&session->paused))
			return true;
		atomic_store(&worker->receiving, false);
		mutex_lock(&session->lock);
		mutex_cond_broadcast(&session->changed);
		while (atomic_load(&session->paused) && !session_ended(session))
			mutex_cond_wait(&session->changed, &session->lock);
		mutex_unlock(&session->lock);
	}
}

static void wait_readable(struct worker *worker)
{
	struct epoll_event event;

	if (epoll_wait(worker->epoll_fd, &event, 1, -1) < 0 && errno != EINTR)
		log_receive_error(-errno);
}

/*
 * A request that came and could not be read or understood: its caller sleeps
 * until it is answered. Without a header (unique is 0) there is nothing to answer.
 */
static void refuse(struct session *session, const struct request *request)
{
	struct fuse_out_header out = {
		.len = sizeof(out),
		.error = -EIO,
		.unique = request->unique,
	};

	if (request->unique && request_wants_reply(request->opcode) &&
	    write(fuse_session_fd(session->fuse), &out, sizeof(out)) < 0)
		log_receive_error(-errno);
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct session *session = worker->session;
	struct request request = { .session = session };
	int err;

	while (may_receive(worker)) {
		err = receive_request(&worker->receive, &request,
				      expect_writeback(&session->fs->expect));
		atomic_store(&worker->receiving, false);
		if (err == -EAGAIN) {
			wait_readable(worker);
		} else if (err == -ENODEV || err == -ECONNABORTED) {
			if (err == -ECONNABORTED)
				atomic_store(&session->aborted, true);
			set_ended(session);
		} else if (err && err != -EINTR) {
			log_receive_error(err);
			refuse(session, &request);
			receive_done(&worker->receive, &request);
		} else if (!err) {
			ORDER_AFTER(session);
			handle_request(&request);
			receive_done(&worker->receive, &request);
		}
	}
	return NULL;
}

/* ---- pausing ---- */

/* Until session_settle() returns workers may still receive. */
static void pause_session(struct session *session, uint64_t owner)
{
	mutex_lock(&session->lock);
	if (!owner || !atomic_load(&session->paused))
		session->pause_owner = owner;
	atomic_store(&session->paused, true);
	mutex_unlock(&session->lock);
	/* After the store: session_never_pause() sets it before its own. */
	if (atomic_load(&session->closing))
		session_resume(session);
	session_settle(session);
}

void session_pause(struct session *session)
{
	pause_session(session, 0);
}

void session_pause_for(struct session *session, uint64_t owner)
{
	pause_session(session, owner);
}

void session_settle(struct session *session)
{
	for (unsigned int i = 0; i < session->nworkers; i++)
		while (atomic_load(&session->workers[i].receiving))
			sched_yield();	/* a receive does not block */
}

static void resume_locked(struct session *session) REQUIRES(session->lock)
{
	atomic_store(&session->paused, false);
	session->pause_owner = 0;
	mutex_cond_broadcast(&session->changed);
}

void session_resume(struct session *session)
{
	mutex_lock(&session->lock);
	resume_locked(session);
	mutex_unlock(&session->lock);
}

void session_end_pause(struct session *session, uint64_t owner)
{
	mutex_lock(&session->lock);
	if (session->pause_owner == owner)
		resume_locked(session);
	mutex_unlock(&session->lock);
}

void session_never_pause(struct session *session)
{
	atomic_store(&session->closing, true);
	session_resume(session);
}

bool session_is_paused(const struct session *session)
{
	return atomic_load(&session->paused);
}

/* ---- beginning and end ---- */

static int worker_init(struct worker *worker, struct session *session)
{
	int dev_fd = fuse_session_fd(session->fuse);
	struct epoll_event on_request = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct epoll_event on_end = { .events = EPOLLIN };
	int err;

	worker->session = session;
	worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (worker->epoll_fd < 0)
		return -errno;
	if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, dev_fd, &on_request) ||
	    epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, session->ended_fd,
		      &on_end))
		return -errno;
	err = receive_init(&worker->receive, dev_fd, session->live);
	if (err == -EPERM && fs_live(session->fs) == CONFIG_LIVE_AUTO) {
		log_warn("pipes cannot be made large enough (see pipe(7), "
			 "pipe-user-pages-soft): no live view on this mount");
		session->live = false;
		err = receive_init(&worker->receive, dev_fd, false);
	}
	return err;
}

int session_start(struct session *session)
{
	int err;

	for (unsigned int i = 0; i < session->nworkers; i++) {
		err = worker_init(&session->workers[i], session);
		if (err) {
			log_err("cannot prepare a worker: %s", strerror(-err));
			return err;
		}
	}
	for (unsigned int i = 0; i < session->nworkers; i++) {
		struct worker *worker = &session->workers[i];

		err = pthread_create(&worker->thread, NULL, worker_main, worker);
		if (err) {
			log_err("cannot start a worker: %s", strerror(err));
			return -err;
		}
		session->nstarted++;
	}
	return 0;
}

bool session_has_started(const struct session *session)
{
	return session->nstarted > 0;
}

int session_wait_init(struct session *session, uint64_t deadline_ns)
{
	int err = 0;

	mutex_lock(&session->lock);
	while (!session->initialised && !err) {
		if (session_ended(session))
			err = -ENODEV;
		else if (!mutex_cond_wait_until(&session->changed,
						&session->lock, deadline_ns))
			err = -ETIMEDOUT;
	}
	mutex_unlock(&session->lock);
	return err;
}

void session_join(struct session *session)
{
	for (unsigned int i = 0; i < session->nstarted; i++)
		pthread_join(session->workers[i].thread, NULL);
	session->nstarted = 0;
	mutex_lock(&session->lock);
	while (session->invalidations)
		mutex_cond_wait(&session->changed, &session->lock);
	mutex_unlock(&session->lock);
}

static unsigned int worker_count(const struct config *config)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (config->threads)
		return config->threads;
	/* Operations block in SOURCE (fsync): more workers than CPUs. */
	return cpus > 4 ? (unsigned int)MIN(cpus, 16) : 4;
}

static int open_fuse(struct session *session, const char *mountpoint)
{
	static const struct fuse_custom_io io = {
		.writev = session_send_reply,
		.read = no_read,
	};
	int fd;
	int err = mount_fuse(session->fs, mountpoint, &session->fuse);

	if (err)
		return err;
	fd = fuse_session_fd(session->fuse);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		err = -errno;
	else
		err = fuse_session_custom_io(session->fuse, &io, fd);
	if (err)
		fuse_session_unmount(session->fuse);
	return err;
}

int session_create(struct fs *fs, const char *mountpoint,
		   struct session **session_ret)
{
	struct session *session = calloc(1, sizeof(*session));
	int err = -ENOMEM;

	if (!session)
		return -ENOMEM;
	session->fs = fs;
	session->live = fs_live(fs) != CONFIG_LIVE_OFF;
	session->nworkers = worker_count(fs->config);
	list_init(&session->retrievals);
	mutex_init(&session->lock);
	mutex_cond_init(&session->changed);
	session->workers = calloc(session->nworkers, sizeof(*session->workers));
	session->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (session->workers && session->ended_fd >= 0) {
		for (unsigned int i = 0; i < session->nworkers; i++) {
			session->workers[i].epoll_fd = -1;
			session->workers[i].receive.pipe[0] = -1;
		}
		err = open_fuse(session, mountpoint);
	}
	if (err) {
		session_destroy(session);
		return err;
	}
	*session_ret = session;
	return 0;
}

void session_destroy(struct session *session)
{
	if (!session)
		return;
	for (unsigned int i = 0; session->workers && i < session->nworkers; i++) {
		struct worker *worker = &session->workers[i];

		if (worker->epoll_fd >= 0)
			close(worker->epoll_fd);
		if (worker->receive.memory)
			receive_deinit(&worker->receive);
	}
	/* Frees libfuse's copy of the mount point; sees that there is no mount. */
	if (session->fuse && session_ended(session))
		fuse_session_unmount(session->fuse);
	if (session->fuse)
		fuse_session_destroy(session->fuse);
	if (session->ended_fd >= 0)
		close(session->ended_fd);
	free(session->workers);
	mutex_cond_deinit(&session->changed);
	mutex_deinit(&session->lock);
	free(session);
}
