/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helper processes, in the daemon.
 *
 * A pool has a keeper (helper-keeper.c), forked before the daemon has anything,
 * and the helpers that the keeper forks on demand. An order goes through memory
 * shared with one of them, a byte on a socket says that it is there, and another
 * that it is done. A helper that does not answer by the deadline is given up,
 * with its memory, which it may write to later, and the next order gets a new
 * one. When that has happened too often, asking stops: each may hang in the
 * kernel for good.
 */
#include "daemon/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mutex.h"

enum { END_DEADLINE_MS = 2000 };	/* of the keeper */

struct helper {
	int fd;			/* -1: there is no process, or not any more */
	void *order;		/* NULL: nor any memory */
	bool busy;		/* GUARDED_BY(pool->lock); whoever set it owns
				 * the rest */
};

struct helper_pool {
	const struct helper_kind *kind;
	int keeper_fd;
	pid_t keeper;
	atomic_bool stopped;
	atomic_size_t lost;
	struct mutex lock;
	struct cond freed;
	struct helper helpers[HELPER_MAX];
};

/* ---- the keeper ---- */

int helper_pool_create(const struct helper_kind *kind,
		       struct helper_pool **pool_ret)
{
	struct helper_pool *pool = calloc(1, sizeof(*pool));
	int pair[2];

	assert(kind->count >= 1 && kind->count <= HELPER_MAX);
	if (!pool)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		int err = -errno;

		log_err("cannot reach a helper: %s", strerror(-err));
		free(pool);
		return err;
	}
	pool->kind = kind;
	pool->keeper = fork();
	if (!pool->keeper)
		helper_keeper_main(kind, pair[1]);
	close(pair[1]);
	pool->keeper_fd = pair[0];
	for (size_t i = 0; i < HELPER_MAX; i++)
		pool->helpers[i].fd = -1;
	mutex_init(&pool->lock);
	mutex_cond_init(&pool->freed);
	if (pool->keeper < 0) {
		int err = -errno;

		log_err("cannot start a helper: %s", strerror(-err));
		helper_pool_destroy(pool);
		return err;
	}
	*pool_ret = pool;
	return 0;
}

static void close_helper(const struct helper_pool *pool, struct helper *helper)
{
	if (helper->fd >= 0)
		close(helper->fd);
	if (helper->order)
		munmap(helper->order, pool->kind->order_size);
	helper->fd = -1;
	helper->order = NULL;
}

void helper_pool_destroy(struct helper_pool *pool)
{
	uint64_t deadline_ns = clock_deadline_ns(END_DEADLINE_MS *
						 CLOCK_NS_PER_MS);

	if (!pool)
		return;
	for (size_t i = 0; i < HELPER_MAX; i++)
		close_helper(pool, &pool->helpers[i]);
	close(pool->keeper_fd);
	while (pool->keeper > 0 && waitpid(pool->keeper, NULL, WNOHANG) == 0) {
		if (clock_now_ns() > deadline_ns)
			kill(pool->keeper, SIGKILL);
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
	}
	mutex_cond_deinit(&pool->freed);
	mutex_deinit(&pool->lock);
	free(pool);
}

/* ---- helpers ---- */

static int send_descriptors(int fd, const int fds[2])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = {
		.header = {
			.cmsg_len = CMSG_LEN(2 * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		},
	};
	char word = 0;
	struct iovec iov = { &word, sizeof(word) };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	memcpy(CMSG_DATA(&control.header), fds, 2 * sizeof(int));
	return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ?
		-errno : 0;
}

/* Shared memory, a socket, and a helper at the other ends. */
static int open_helper(const struct helper_pool *pool, struct helper *helper)
{
	size_t size = pool->kind->order_size;
	autoclose int memory_fd = memfd_create(pool->kind->name, MFD_CLOEXEC);
	void *order;
	int pair[2];
	int err;

	if (memory_fd < 0 || ftruncate(memory_fd, (off_t)size) < 0)
		return -errno;
	order = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd,
		     0);
	if (order == MAP_FAILED)
		return -errno;
	helper->order = order;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	helper->fd = pair[0];
	err = send_descriptors(pool->keeper_fd, (int[]){ memory_fd, pair[1] });
	close(pair[1]);
	return err;
}

static struct helper *idle_locked(struct helper_pool *pool) REQUIRES(pool->lock)
{
	for (size_t i = 0; i < pool->kind->count; i++)
		if (!pool->helpers[i].busy)
			return &pool->helpers[i];
	return NULL;
}

/* Return: NULL when none is free in time. */
static struct helper *wait_for_helper(struct helper_pool *pool,
				      uint64_t deadline_ns)
{
	struct helper *helper;
	bool in_time = true;

	mutex_lock(&pool->lock);
	while (!(helper = idle_locked(pool)) && in_time)
		in_time = mutex_cond_wait_until(&pool->freed, &pool->lock,
						deadline_ns);
	if (helper)
		helper->busy = true;
	mutex_unlock(&pool->lock);
	return helper;
}

/* The process is nothing to us any more; its memory is still read. */
static void lose_helper(struct helper_pool *pool, struct helper *helper)
{
	if (helper->fd >= 0)
		close(helper->fd);
	helper->fd = -1;
	if (atomic_fetch_add(&pool->lost, 1) + 1 >= pool->kind->max_lost)
		helper_stop(pool, "its helpers do not answer");
}

int helper_take(struct helper_pool *pool, uint64_t deadline_ns,
		struct helper **helper_ret)
{
	struct helper *helper;
	int err;

	if (helper_stopped(pool))
		return -ESHUTDOWN;
	helper = wait_for_helper(pool, deadline_ns);
	if (!helper)
		return -ETIMEDOUT;
	err = helper->fd < 0 ? open_helper(pool, helper) : 0;
	if (err) {
		lose_helper(pool, helper);
		helper_give(pool, helper);
		return err;
	}
	*helper_ret = helper;
	return 0;
}

void helper_give(struct helper_pool *pool, struct helper *helper)
{
	if (helper->fd < 0)
		close_helper(pool, helper);
	mutex_lock(&pool->lock);
	helper->busy = false;
	mutex_cond_signal(&pool->freed);
	mutex_unlock(&pool->lock);
}

void *helper_order(const struct helper *helper)
{
	return helper->order;
}

static int exchange(const struct helper *helper, uint64_t deadline_ns)
{
	struct pollfd poll_fd = { .fd = helper->fd, .events = POLLIN };
	char word = 0;
	int n;

	if (send(helper->fd, &word, sizeof(word), MSG_NOSIGNAL) < 0)
		return -errno;
	do
		n = poll(&poll_fd, 1, clock_left_ms(deadline_ns));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n ? -errno : -ETIMEDOUT;
	return recv(helper->fd, &word, sizeof(word), 0) == sizeof(word) ?
		0 : -EPIPE;
}

int helper_ask(struct helper_pool *pool, struct helper *helper,
	       uint64_t deadline_ns)
{
	int err = exchange(helper, deadline_ns);

	if (err)
		lose_helper(pool, helper);
	return err;
}

/* ---- the end of it ---- */

void helper_stop(struct helper_pool *pool, const char *reason)
{
	if (!atomic_exchange(&pool->stopped, true))
		log_warn("%s any more: %s", pool->kind->purpose, reason);
}

bool helper_stopped(const struct helper_pool *pool)
{
	return atomic_load_explicit(&pool->stopped, memory_order_relaxed);
}
