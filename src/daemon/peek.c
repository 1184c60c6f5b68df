/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at writers' buffers, in the daemon.
 *
 * What arrives by an O_DIRECT WRITE is a private copy; the buffer that it was
 * copied from belongs to a thread that sleeps until the reply. Reading it once
 * more just before is the second look. Reading another process's memory can
 * block, so helper processes do it (peek-helper.c): an order goes through memory
 * shared with one of them, a byte on a socket says that it is there, and another
 * that it is done. A helper that does not answer by the deadline is given up,
 * with its memory, which it may write to later, and the next order gets a new
 * one. When that has happened too often, looking stops.
 *
 * What cannot be found out is counted and says nothing: a look that is not sure
 * must never accuse.
 */
#include "daemon/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mutex.h"
#include "daemon/event.h"
#include "daemon/finding.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/livepage.h"
#include "daemon/peek-internal.h"
#include "daemon/receive.h"
#include "daemon/request.h"

_Static_assert((int)PEEK_ROOM >= (int)RECEIVE_MAX_BYTES, "every WRITE has room");

enum {
	HELPERS = 4,
	PEEK_DEADLINE_MS = 100,	/* for a free helper, and its answer */
	YOUNG_MS = 1,		/* peek=auto does not look at younger ones */
	MAX_LOST = 8,		/* helpers given up before all looking stops */
	MAX_REFUSED = 16,	/* looks refused, and none allowed */
	END_DEADLINE_MS = 2000,	/* of the keeper */
};

struct helper {
	int fd;			/* -1: there is none */
	struct peek_order *order;
	bool busy;		/* GUARDED_BY(peek->lock); whoever set it owns
				 * the rest */
};

struct peek {
	int keeper_fd;
	pid_t keeper;
	atomic_bool stopped;	/* no looks any more */
	atomic_uint lost;
	atomic_uint refused;	/* looks, in a row from the first */
	atomic_bool allowed;	/* one has been */
	struct mutex lock;
	struct cond freed;
	struct helper helpers[HELPERS];
};

/* ---- the keeper ---- */

int peek_create(struct peek **peek_ret)
{
	struct peek *peek = calloc(1, sizeof(*peek));
	int pair[2];

	if (!peek)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		int err = -errno;

		log_err("cannot reach a helper: %s", strerror(-err));
		free(peek);
		return err;
	}
	peek->keeper = fork();
	if (!peek->keeper)
		peek_keeper_main(pair[1]);
	close(pair[1]);
	peek->keeper_fd = pair[0];
	for (size_t i = 0; i < HELPERS; i++)
		peek->helpers[i].fd = -1;
	mutex_init(&peek->lock);
	mutex_cond_init(&peek->freed);
	if (peek->keeper < 0) {
		int err = -errno;

		log_err("cannot start a helper: %s", strerror(-err));
		peek_destroy(peek);
		return err;
	}
	*peek_ret = peek;
	return 0;
}

static void close_helper(struct helper *helper)
{
	if (helper->fd >= 0)
		close(helper->fd);
	if (helper->order)
		munmap(helper->order, sizeof(*helper->order));
	helper->fd = -1;
	helper->order = NULL;
}

void peek_destroy(struct peek *peek)
{
	uint64_t deadline_ns = clock_deadline_ns(END_DEADLINE_MS *
						 CLOCK_NS_PER_MS);

	if (!peek)
		return;
	for (size_t i = 0; i < HELPERS; i++)
		close_helper(&peek->helpers[i]);
	close(peek->keeper_fd);
	while (peek->keeper > 0 && waitpid(peek->keeper, NULL, WNOHANG) == 0) {
		if (clock_now_ns() > deadline_ns)
			kill(peek->keeper, SIGKILL);
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
	}
	mutex_cond_deinit(&peek->freed);
	mutex_deinit(&peek->lock);
	free(peek);
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
static int open_helper(const struct peek *peek, struct helper *helper)
{
	autoclose int memory_fd = memfd_create("pinfs-peek", MFD_CLOEXEC);
	void *order;
	int pair[2];
	int err;

	if (memory_fd < 0 || ftruncate(memory_fd, sizeof(*helper->order)) < 0)
		return -errno;
	order = mmap(NULL, sizeof(*helper->order), PROT_READ | PROT_WRITE,
		     MAP_SHARED, memory_fd, 0);
	if (order == MAP_FAILED)
		return -errno;
	helper->order = order;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	helper->fd = pair[0];
	err = send_descriptors(peek->keeper_fd, (int[]){ memory_fd, pair[1] });
	close(pair[1]);
	return err;
}

static struct helper *idle_locked(struct peek *peek) REQUIRES(peek->lock)
{
	for (size_t i = 0; i < HELPERS; i++)
		if (!peek->helpers[i].busy)
			return &peek->helpers[i];
	return NULL;
}

/* Return: NULL when none is free in time. */
static struct helper *take_helper(struct peek *peek, uint64_t deadline_ns)
{
	struct helper *helper;
	bool in_time = true;

	mutex_lock(&peek->lock);
	while (!(helper = idle_locked(peek)) && in_time)
		in_time = mutex_cond_wait_until(&peek->freed, &peek->lock,
						deadline_ns);
	if (helper)
		helper->busy = true;
	mutex_unlock(&peek->lock);
	return helper;
}

static void give_helper(struct peek *peek, struct helper *helper)
{
	mutex_lock(&peek->lock);
	helper->busy = false;
	mutex_cond_signal(&peek->freed);
	mutex_unlock(&peek->lock);
}

static void stop(struct peek *peek, const char *reason)
{
	if (!atomic_exchange(&peek->stopped, true))
		log_warn("writers' buffers are not looked at any more: %s",
			 reason);
}

/* Hand the order over and wait. Return: 0; -ETIMEDOUT; -errno of the socket. */
static int ask(struct helper *helper, uint64_t deadline_ns)
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

static void lose_helper(struct fs *fs, struct helper *helper, int err)
{
	struct peek *peek = fs->peek;

	close_helper(helper);
	if (err == -ETIMEDOUT)
		stats_add(&fs->stats.peek_timeouts, 1);
	if (atomic_fetch_add(&peek->lost, 1) + 1 >= MAX_LOST)
		stop(peek, "its helpers do not answer");
}

static void note_permission(struct peek *peek, int result)
{
	if (!result)
		atomic_store(&peek->allowed, true);
	if (result == -EPERM && !atomic_load(&peek->allowed) &&
	    atomic_fetch_add(&peek->refused, 1) + 1 >= MAX_REFUSED)
		stop(peek, "not permitted (ptrace(2), access mode checking)");
}

/* ---- the look ---- */

struct verdict {
	struct fs *fs;
	const struct request *request;
	uint64_t now_ns;
};

static json_t *source_json(const struct verdict *verdict,
			   const struct livepage_diff *diff, const char *path)
{
	const struct request *request = verdict->request;
	struct inode *inode = request->write.inode;
	char arrival[DIGEST_HEX_SIZE];
	char peek[DIGEST_HEX_SIZE];

	digest_hex(diff->arrival_digest, arrival);
	digest_hex(diff->recheck_digest, peek);
	return json_pack(
		"{s:o, s:I, s:I, s:I, s:I, s:s, s:s, s:o, s:I, s:I, s:n}",
		"path", json_text(path), "ino", (json_int_t)inode_ino(inode),
		"block", (json_int_t)diff->block,
		"offset", (json_int_t)diff->off,
		"length", (json_int_t)diff->len,
		"arrival", arrival, "peek", peek,
		"changed", event_changed(diff),
		"window_us", (json_int_t)((verdict->now_ns -
					   request->arrival_ns) / 1000),
		"pid", (json_int_t)request->pid, "evidence");
}

static void report(const struct verdict *verdict,
		   const struct livepage_diff *diff)
{
	struct fs *fs = verdict->fs;
	struct inode *inode = verdict->request->write.inode;
	char path[PATH_MAX];

	inode_path(fs->inodes, inode, NULL, path, sizeof(path));
	finding_report(fs, &(struct finding){
		.event = "source",
		.inode = inode,
		.block = diff->block,
		.off = diff->off,
		.len = diff->len,
		.images = {
			{ "arrival", diff->arrival, diff->arrival_digest },
			{ "peek", diff->recheck, diff->recheck_digest },
		},
		.request = verdict->request,
		.to_ns = verdict->now_ns,
		.known = FINDING_BUFFER,
		.keys = source_json(verdict, diff, path),
	});
}

static void block_differs(const struct livepage_diff *diff, void *context)
{
	const struct verdict *verdict = context;
	struct fs *fs = verdict->fs;

	stats_add(&fs->stats.source_blocks, 1);
	if (event_allowed(fs->events, verdict->request->write.inode))
		report(verdict, diff);
}

/* The helper's copy, as a source of bytes. */
struct copy {
	struct livepage_source source;
	const uint8_t *bytes;
};

static ssize_t look_at_copy(struct livepage_source *source, void *buf,
			    size_t len)
{
	struct copy *copy = container_of(source, struct copy, source);

	memcpy(buf, copy->bytes, len);
	copy->bytes += len;
	return (ssize_t)len;
}

static void compare(struct fs *fs, const struct request *request,
		    const uint8_t *bytes)
{
	const struct request_write *write = &request->write;
	const uint8_t *arrival = request->bytes + write->data_off;
	struct verdict verdict = { fs, request, clock_now_ns() };
	struct copy copy = { { look_at_copy }, bytes };

	stats_add(&fs->stats.peeks, 1);
	if (memcmp(bytes, arrival, write->len) &&
	    livepage_recheck(&copy.source, arrival, (uint64_t)write->off,
			     write->len, block_differs, &verdict) < 0)
		log_err("a writer's buffer was not compared to its end");
}

static void fill_order(const struct fs *fs, const struct request *request,
		       struct peek_order *order)
{
	order->tid = request->pid;
	order->major = major(fs->dev);
	order->minor = minor(fs->dev);
	order->ino = inode_ino(request->write.inode);
	order->off = (uint64_t)request->write.off;
	order->len = request->write.len;
}

/* Return: 0 compared, or why not. */
static int look(struct fs *fs, const struct request *request,
		struct helper *helper, uint64_t deadline_ns)
{
	int err = helper->fd < 0 ? open_helper(fs->peek, helper) : 0;

	if (!err) {
		fill_order(fs, request, helper->order);
		err = ask(helper, deadline_ns);
	}
	if (err) {
		lose_helper(fs, helper, err);
		return err;
	}
	err = helper->order->result;
	note_permission(fs->peek, err);
	if (!err)
		compare(fs, request, helper->order->bytes);
	return err;
}

/* Does its caller sleep in a system call that may be found? */
static bool is_candidate(const struct fs *fs, const struct request *request)
{
	if (!fs->peek ||
	    atomic_load_explicit(&fs->peek->stopped, memory_order_relaxed))
		return false;
	if (request->write_flags & FUSE_WRITE_CACHE)
		return false;
	return (request->flags & O_DIRECT) ||
	       fs->config->cache == CONFIG_CACHE_NONE;
}

bool peek_is_sure(const struct fs *fs, const struct request *request)
{
	return fs->config->peek == CONFIG_PEEK_ON && is_candidate(fs, request);
}

static bool is_wanted(const struct fs *fs, const struct request *request)
{
	if (!is_candidate(fs, request))
		return false;
	return fs->config->peek == CONFIG_PEEK_ON || request->detached ||
	       clock_now_ns() - request->arrival_ns >=
	       YOUNG_MS * CLOCK_NS_PER_MS;
}

void peek_request(struct fs *fs, const struct request *request)
{
	uint64_t deadline_ns;
	struct helper *helper;
	int err = -ESRCH;

	if (!is_wanted(fs, request))
		return;
	deadline_ns = clock_deadline_ns(PEEK_DEADLINE_MS * CLOCK_NS_PER_MS);
	/* 0: the kernel has no number for it in our namespace. */
	helper = request->pid ? take_helper(fs->peek, deadline_ns) : NULL;
	if (helper) {
		err = look(fs, request, helper, deadline_ns);
		give_helper(fs->peek, helper);
	}
	if (err)
		stats_add(&fs->stats.peeks_void, 1);
}
